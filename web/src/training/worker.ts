/**
 * A training in a worker of its own: it goes on step by step while it is told to, looks for messages after each, and tells the page how
 * it goes about ten times a second. `remote.ts` is the page's side.
 */
import type { Call, Told } from './remote'
import { Diverged, Training, type Progress } from './training'

/** The page hears of the weights as often as that: more could not be followed. */
const BETWEEN_UPDATES = 80

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Call>) => void) | null
  postMessage(message: Told, transfer: Transferable[]): void
}

let training: Training | null = null
let isRunning = false
/** What the page has not heard of yet. */
let untold: Progress[] = []
let toldAt = 0

/** A message to oneself comes after those of the page that wait: faster than a timer. */
const next = new MessageChannel()
next.port1.onmessage = () => work()

scope.onmessage = ({ data }) => {
  if (data.method === 'begin') {
    training = new Training(...data.given)
    tell()
  } else if (data.method === 'go') {
    if (isRunning || training === null) return
    if (training.step >= training.steps) training.goOn()
    isRunning = true
    next.port2.postMessage(null)
  } else if (data.method === 'pause') {
    // At the end of a training there is nothing left to pause.
    if (isRunning) tell('paused')
    isRunning = false
  } else advanceApart()
}

/** One step on its own is taken apart for whoever asked for it. */
function advanceApart(): void {
  if (training === null) return
  try {
    const apart = training.advanceApart()
    untold.push(apart.progress)
    tell(null, null, apart)
  } catch (error) {
    diverged(error)
  }
}

function diverged(error: unknown): void {
  if (!(error instanceof Diverged)) throw error
  isRunning = false
  tell('diverged')
}

function work(): void {
  if (!isRunning || training === null) return
  if (!advance()) return
  if (training.step >= training.steps) {
    const examined = training.examine()
    const [right, all] = examined.trained
    if (right === all || training.steps >= training.recipe.most) {
      isRunning = false
      tell('done', examined)
      return
    }
    training.goOn()
  }
  next.port2.postMessage(null)
}

/** One step; whether it could be done. */
function advance(): boolean {
  if (training === null) return false
  try {
    untold.push(training.advance())
  } catch (error) {
    diverged(error)
    return false
  }
  if (!isRunning || performance.now() - toldAt > BETWEEN_UPDATES) tell()
  return true
}

function tell(ended: Told['ended'] = null, examined: Told['examined'] = null, apart: Told['apart'] = null): void {
  if (training === null) return
  const { step, steps, layout } = training
  const weights = training.present.slice()
  toldAt = performance.now()
  scope.postMessage({ progress: untold, step, steps, weights, layout, examined, ended, apart }, [weights.buffer])
  untold = []
}
