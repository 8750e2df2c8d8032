/**
 * A model of this browser, saved to where its reader keeps files.
 */
import { zipOf } from '../protocol/zip'
import { folderOf } from '../training/folder'
import type { Page } from '../page.svelte'

/** Signs that names of files and folders cannot have everywhere. */
const UNFIT = /[\p{Cc}<>:"/\\|?*.]+/gu

export async function saveModel({ shelf }: Page, id: string, title: string): Promise<void> {
  const [description, weights, teaching] = await Promise.all([
    shelf.description(id),
    shelf.weights(id),
    shelf.teaching(id),
  ])
  const name =
    title
      .replace(UNFIT, ' ')
      .trim()
      .replace(/[\s,]+/g, '-') || 'model'
  const files = folderOf(description, weights, teaching.folder)
  const archive = zipOf(new Map([...files].map(([file, content]) => [`${name}/${file}`, content])))
  const address = URL.createObjectURL(new Blob([archive], { type: 'application/zip' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${name}.zip`
  link.click()
  // The download has begun with the click; some browsers look at the address a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
