/**
 * The folder of a model that was taught in the page, as Pellucid and transformers open it: what `pellucid train` would have written.
 */
import type { Accuracy, Description } from '../protocol/types'
import { writeSafetensors } from '../protocol/safetensors'
import type { TensorView } from '../protocol/tensors'
import type { Teaching } from './teaching'

type Folder = Teaching['folder']
type Place = Folder['arrays'][number]
type Weights = ReadonlyMap<string, TensorView>

/** Its files, by their names. */
export function folderOf(
  { graph, accuracy }: Pick<Description, 'graph' | 'accuracy'>,
  weights: Weights,
  { config, letters, arrays }: Folder,
): Map<string, Uint8Array<ArrayBuffer>> {
  const axes = new Map(graph.tensors.map((tensor) => [tensor.name, tensor.axes]))
  const stored = new Map<string, Stored>()
  for (const place of arrays) {
    const weight = weights.get(place.tensor)
    if (weight === undefined) throw new Error(`the model has no weight ${place.tensor}`)
    store(stored, place, weight, axes.get(place.tensor) as readonly string[])
  }
  const files = new Map([
    ['config.json', json(told(config, accuracy))],
    ['model.safetensors', writeSafetensors(stored, { format: 'pt' })],
  ])
  if (letters !== null) files.set('vocab.json', json(letters))
  return files
}

interface Stored {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Puts a weight where the checkpoint has it: its axes in another order, some of them merged, perhaps beside others. */
function store(stored: Map<string, Stored>, { key, layout, part }: Place, weight: TensorView, axes: readonly string[]) {
  const sizes = new Map(axes.map((axis, place) => [axis, weight.shape[place] as number]))
  const dimensions = layout.map((merged) => merged.reduce((product, axis) => product * (sizes.get(axis) as number), 1))
  const [number, count] = part as [number, number]
  const width = dimensions.at(-1) ?? 1
  const shape = [...dimensions.slice(0, -1), width * count]
  let whole = stored.get(key)
  if (whole === undefined) {
    whole = { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) }
    stored.set(key, whole)
  }
  const strides = stridesOf(axes, sizes)
  const order = layout.flat()
  const total = weight.data.length
  for (let place = 0; place < total; place++) {
    let [rest, offset] = [place, 0]
    for (let letter = order.length - 1; letter >= 0; letter--) {
      const size = sizes.get(order[letter] as string) as number
      offset += (rest % size) * (strides.get(order[letter] as string) as number)
      rest = Math.floor(rest / size)
    }
    const row = Math.floor(place / width)
    whole.data[row * width * count + number * width + (place % width)] = Number(weight.data[offset])
  }
}

/** How far apart in a weight's numbers two are that follow each other along an axis. */
function stridesOf(axes: readonly string[], sizes: ReadonlyMap<string, number>): Map<string, number> {
  let stride = 1
  const strides = axes.toReversed().map((axis): [string, number] => {
    const own = stride
    stride *= sizes.get(axis) as number
    return [axis, own]
  })
  return new Map(strides)
}

/** With how well the model knows its task, where that has been asked. */
function told(config: Folder['config'], accuracy: Accuracy | null): Folder['config'] {
  const about = config['pellucid'] as Readonly<Record<string, unknown>>
  return accuracy === null ? config : { ...config, pellucid: { ...about, accuracy } }
}

function json(content: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`)
}
