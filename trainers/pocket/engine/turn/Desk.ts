import type { ModelConfig } from "../../../models/ModelConfig.ts"
import { ports } from "../model/Graphs.ts"
import type { GraphRuntime, RuntimeTensor } from "../runtime/Runtime.ts"

/** Keys, then values, of each layer, [key/value heads, N, head size] each. */
export type Segment = ReadonlyArray<Float32Array>

/** Room grows by this many places, so that few products see places that hold nothing. */
const STEP = 128

/**
 * The keys and values that the next run follows, where the graphs read them: one array per layer with room for more. Those of
 * the tokens `ids` first, under the weights `key`, then those of a turn that is under way.
 */
export class Desk {
  readonly #runtime: GraphRuntime
  readonly #config: ModelConfig
  readonly #names: ReadonlyArray<string>
  #arrays: ReadonlyArray<Float32Array> = []
  #feeds: Readonly<Record<string, RuntimeTensor>> = {}
  #capacity = 0
  #length = 0
  #key = ""
  #ids: ReadonlyArray<number> = []

  constructor(runtime: GraphRuntime, config: ModelConfig) {
    this.#runtime = runtime
    this.#config = config
    this.#names = segmentNames(config, ports.pastKeys, ports.pastValues)
    this.reserve(1)
  }

  /** How many places are filled. */
  get length(): number {
    return this.#length
  }

  /** The tokens before the turn that is under way. */
  get ids(): ReadonlyArray<number> {
    return this.#ids
  }

  get feeds(): Readonly<Record<string, RuntimeTensor>> {
    return this.#feeds
  }

  /** Forgets all but what `ids` under `key` begin with; says how many that is. */
  keep(key: string, ids: ReadonlyArray<number>): number {
    let shared = 0
    if (key === this.#key) {
      while (shared < ids.length && shared < this.#ids.length && ids[shared] === this.#ids[shared]) shared++
    }
    this.#key = key
    this.#ids = ids.slice(0, shared)
    this.#length = shared
    return shared
  }

  /** Forgets all but the first `places` of the turn that is under way. */
  keepTurn(places: number): void {
    this.#length = this.#ids.length + places
  }

  /** Lays the places `from` to `to` of a segment of `count` down as those of the next tokens. */
  lay(ids: ReadonlyArray<number>, segment: Segment, from: number, count: number): void {
    this.#copy(segment, from, ids.length, count)
    this.#ids = [...this.#ids, ...ids]
  }

  /** Lays all of a segment down as the turn's next places. */
  layTurn(segment: Segment, count: number): void {
    this.#copy(segment, 0, count, count)
  }

  /** A copy of the first `count` places. */
  copy(count: number): Segment {
    const { headSize, keyValueHeads } = this.#config
    const stride = this.#capacity * headSize
    return this.#arrays.map((array) => {
      const part = new Float32Array(keyValueHeads * count * headSize)
      for (let head = 0; head < keyValueHeads; head++) {
        part.set(array.subarray(head * stride, head * stride + count * headSize), head * count * headSize)
      }
      return part
    })
  }

  /** Makes room for `places` in all. */
  reserve(places: number): void {
    const capacity = Math.ceil(places / STEP) * STEP
    if (capacity <= this.#capacity && this.#capacity <= 1.25 * capacity + STEP) return
    const { headSize, keyValueHeads, layers } = this.#config
    const before = this.#arrays
    const stride = this.#capacity * headSize
    this.#arrays = Array.from({ length: 2 * layers }, (_, index) => {
      const array = new Float32Array(keyValueHeads * capacity * headSize)
      const old = before[index]
      if (old === undefined) return array
      for (let head = 0; head < keyValueHeads; head++) {
        array.set(old.subarray(head * stride, head * stride + this.#length * headSize), head * capacity * headSize)
      }
      return array
    })
    this.#capacity = capacity
    this.#feeds = Object.fromEntries(this.#arrays.map((array, index) => [
      this.#names[index]!,
      this.#runtime.float(array, [keyValueHeads, capacity, headSize])
    ]))
  }

  #copy(segment: Segment, from: number, taken: number, count: number): void {
    const { headSize, keyValueHeads } = this.#config
    this.reserve(Math.max(this.#length + taken, this.#capacity))
    segment.forEach((source, index) => {
      for (let head = 0; head < keyValueHeads; head++) {
        const start = (head * count + from) * headSize
        this.#arrays[index]!.set(
          source.subarray(start, start + taken * headSize),
          (head * this.#capacity + this.#length) * headSize
        )
      }
    })
    this.#length += taken
  }
}

/** The ports of a segment's arrays, in their order. */
export const segmentNames = (
  { layers }: ModelConfig,
  keys: (layer: number) => string,
  values: (layer: number) => string
): ReadonlyArray<string> => Array.from({ length: layers }, (_, layer) => [keys(layer), values(layer)]).flat()
