/**
 * Who offers something to find, in the order in which they stand before anything is typed.
 */
import type { Page } from '../../page.svelte'
import { actions, models } from './actions'
import { chapters } from './chapters'
import type { Provider } from './finding'
import { parts, tensors } from './tensors'

export function providers(page: Page): Provider[] {
  const { description } = page
  return [
    actions(page),
    chapters(page),
    ...(description ? [parts(page, description), tensors(page, description)] : []),
    models(page),
  ]
}
