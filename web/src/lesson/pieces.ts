/** A step's HTML, cut where exercises and widgets belong. */
export type Piece = { kind: 'text'; html: string } | { kind: 'exercise' | 'widget'; number: number }

const PLACE = /<div data-(exercise|widget)="(\d+)"><\/div>/

export function piecesOf(html: string): Piece[] {
  const parts = html.split(PLACE)
  const pieces: Piece[] = []
  for (let index = 0; index < parts.length; index += 3) {
    const [text = '', kind, number] = parts.slice(index, index + 3)
    if (text.trim() !== '') pieces.push({ kind: 'text', html: text })
    if (kind === 'exercise' || kind === 'widget') pieces.push({ kind, number: Number(number) })
  }
  return pieces
}
