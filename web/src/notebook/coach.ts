/** The worker of `lesson/coach.ts`, carried by the script itself. */
import InlineWorker from '../training/worker?worker&inline'

export function coach(): Worker {
  return new InlineWorker()
}
