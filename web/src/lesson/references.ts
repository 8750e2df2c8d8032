/**
 * What the words of a lesson speak of: the cells that a reference or a live value lights on the stage, and where a click on it leads.
 */
import type { LiveValue } from '../protocol/lessons'
import { cellOf, litRegions } from './regions'
import type { Lit } from '../session/inspection.svelte'
import type { Session } from '../session/session.svelte'
import type { Tour } from './tour.svelte'
import type { Tensor } from '../protocol/types'

/** Everything that can be pointed at. */
export const REFERENCES =
  '[data-tensor], [data-part], [data-axis], [data-cell], [data-term], [data-chapter], [data-value][role]'

/** The reference that an event in a text is about. */
export function referenceAt(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(REFERENCES) : null
}

/** The cells that it speaks of; null where it speaks of none. */
export function pointedBy(
  { dataset }: HTMLElement,
  values: readonly LiveValue[],
  tour: Tour,
  session: Session,
): Lit | null {
  const { tensors } = session
  if (dataset['tensor'] !== undefined) return whole(session, [tensors.get(dataset['tensor'])])
  if (dataset['part'] !== undefined) return whole(session, tensorsOf(session, dataset['part']))
  if (dataset['axis'] !== undefined) {
    const inFocus = (tour.cue?.focus ?? []).map((name) => tensors.get(name))
    return whole(
      session,
      inFocus.filter((tensor) => tensor?.axes.includes(dataset['axis'] as string)),
    )
  }
  const number = dataset['cell'] ?? dataset['value']
  const cells = number === undefined ? [] : (values[Number(number)]?.cells ?? [])
  return cells.length > 0 ? litRegions(tensors, cells) : null
}

function whole(session: Session, tensors: readonly (Tensor | undefined)[]): Lit {
  return tensors.flatMap((tensor) =>
    tensor ? [{ tensor: tensor.name, region: session.shapeOf(tensor).map((size): [number, number] => [0, size]) }] : [],
  )
}

/** The tensors of a part of the architecture, those of the parts in it too. */
function tensorsOf(session: Session, part: string): Tensor[] {
  return [...session.tensors.values()].filter(({ group }) => group === part || group.startsWith(`${part}.`))
}

/** Goes to what a reference speaks of. Terms and axes are explained instead, by whoever shows the text. */
export async function follow(
  { dataset }: HTMLElement,
  values: readonly LiveValue[],
  tour: Tour,
  session: Session,
): Promise<void> {
  const { inspection } = session
  if (dataset['chapter'] !== undefined) return tour.open(dataset['chapter'])
  if (dataset['tensor'] !== undefined) return inspection.goto(dataset['tensor'])
  if (dataset['part'] !== undefined) {
    const title = session.description?.graph.groups.find(({ name }) => name === dataset['part'])?.title
    inspection.showGroup(dataset['part'], title ?? dataset['part'])
    return
  }
  const cell = values[Number(dataset['cell'] ?? dataset['value'])]?.cells[0]
  const tensor = session.tensors.get(cell?.tensor ?? '')
  if (!cell || !tensor) return
  await inspection.look(cellOf(tensor, cell))
}

/** Makes the live values of a text that were read from cells reachable, unless they are part of a reference. */
export function openValues(text: HTMLElement, values: readonly LiveValue[]): void {
  for (const element of text.querySelectorAll<HTMLElement>('[data-value]')) {
    const cells = values[Number(element.dataset['value'])]?.cells ?? []
    if (cells.length === 0 || element.parentElement?.closest('a')) continue
    element.setAttribute('role', 'button')
    element.tabIndex = 0
  }
}

/** The empty corner of a table heads nothing. */
export function emptyCorners(text: HTMLElement): void {
  for (const corner of text.querySelectorAll('th:empty')) corner.replaceWith(document.createElement('td'))
}

/** Marks the words that speak of a tensor, in the ink of its kind, and lights those of the one that is pointed at on the stage. */
export function inkWords(text: HTMLElement, session: Session, pointed: string | null): void {
  for (const element of text.querySelectorAll<HTMLElement>('[data-tensor], [data-part]')) {
    const { tensor, part } = element.dataset
    const known = session.tensors.get(tensor ?? '')
    if (known) element.dataset['kind'] = known.kind
    const group = session.tensors.get(pointed ?? '')?.group
    const isPointed =
      tensor !== undefined
        ? tensor === pointed
        : group !== undefined && (group === part || group.startsWith(`${part}.`))
    element.classList.toggle('lit', pointed !== null && isPointed)
  }
}
