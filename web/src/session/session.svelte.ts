/**
 * What a page holds: what it stands on, what is looked into, and what is typed and written. Every page of a document has a session of
 * its own. Nothing here draws.
 */
import { Basis } from './basis.svelte'
import { Inspection } from './inspection.svelte'
import { Writing } from './writing.svelte'

export abstract class Session extends Basis {
  readonly inspection = new Inspection(this)
  readonly writing = new Writing(this, this.inspection)
}
