/** The worker of `source/thread.ts`, carried by the script itself. */
import InlineWorker from '../filling/worker?worker&inline'

export function thread(): Worker {
  return new InlineWorker()
}
