/**
 * The page inside a notebook's frame: it has the frame's document to itself, but neither an address bar nor a server, and asks its host.
 */
import { mountPage } from '../mount'
import { parseAddress } from '../session/address'
import { OwnVisits } from '../session/visits'
import { Server } from '../source/server'
import { Shelf } from '../source/shelf'
import '../styles.css'
import { learn, preferred } from '../words/languages'
import type { Host } from './host'

/** Visits that the host hears of. */
class ToldVisits extends OwnVisits {
  constructor(private readonly host: Host) {
    super(host.search)
  }

  override push(search: string, mark: unknown): void {
    super.push(search, mark)
    this.host.arrived(search)
  }

  override replace(search: string, mark: unknown): void {
    super.replace(search, mark)
    this.host.arrived(search)
  }

  override go(by: number): void {
    super.go(by)
    this.host.arrived(this.search)
  }
}

const host = window.pellucidHost
const target = document.getElementById('page')
if (host === undefined || target === null) throw new Error('the frame has no host, or no element with the id "page"')
void learn(parseAddress(host.search).language ?? preferred()).then(() => {
  const shelf = new Shelf(new Server((path) => host.ask(path)))
  const surroundings: Host['followTheme'] = (tell) => host.followTheme(tell)
  window.pellucid = mountPage(target, { shelf, ownsDocument: true, visits: new ToldVisits(host), surroundings })
  host.started(window.pellucid)
})
