import type { ModelConfig } from "../../../models/ModelConfig.ts"
import { ports } from "../model/Graphs.ts"
import type { GraphRuntime, RuntimeTensor } from "../runtime/Runtime.ts"
import { common } from "./Sequences.ts"

/** Keys, then values, of each layer, [key/value heads, N, head size] each. */
export type Segment = ReadonlyArray<Float32Array>

/** Room grows by this many places. */
const STEP = 256
/** What a prompt that is much shorter than the last keeps beside its own. */
const SPARE = 1024

/**
 * The keys and values that the next run follows, where the graphs read them: one array per layer with room for more. Those of
 * the tokens `ids` first, under the weights `key`, then those of a turn that is under way.
 */
export class Desk {
  readonly #runtime: GraphRuntime
  readonly #config: ModelConfig
  readonly #names: ReadonlyArray<string>
  readonly #written: ReadonlyArray<string>
  #arrays: ReadonlyArray<Float32Array> = []
  #feeds: Readonly<Record<string, RuntimeTensor>> = {}
  #outputs: Readonly<Record<string, RuntimeTensor>> = {}
  #capacity = 0
  #length = 0
  #key = ""
  #ids: ReadonlyArray<number> = []

  constructor(runtime: GraphRuntime, config: ModelConfig) {
    this.#runtime = runtime
    this.#config = config
    this.#names = segmentNames(config, ports.pastKeys, ports.pastValues)
    this.#written = segmentNames(config, ports.presentKeys, ports.presentValues)
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

  /** The same arrays as outputs: a run writes its keys and values behind the places that are filled. */
  get outputs(): Readonly<Record<string, RuntimeTensor>> {
    return this.#outputs
  }

  /** Forgets all but what `ids` under `key` begin with; says how many that is. */
  keep(key: string, ids: ReadonlyArray<number>): number {
    const shared = key === this.#key ? common(ids, this.#ids) : 0
    this.#key = key
    this.#ids = ids.slice(0, shared)
    this.#length = shared
    if (this.#capacity > 2 * (ids.length + SPARE)) this.#resize(ids.length + SPARE)
    return shared
  }

  /** Forgets all but the first `places` of the turn that is under way. */
  keepTurn(places: number): void {
    this.#length = this.#ids.length + places
  }

  /** Lays the places from `from` on of a segment of `count` down as those of the next tokens. */
  lay(ids: ReadonlyArray<number>, segment: Segment, from: number, count: number): void {
    this.#copy(segment, from, ids.length, count)
    this.#ids = [...this.#ids, ...ids]
  }

  /** The places that a run wrote behind those that are filled count now: as the next tokens of the prompt. */
  take(ids: ReadonlyArray<number>): void {
    this.#ids = [...this.#ids, ...ids]
    this.#length = this.#ids.length
  }

  /** The same as the turn's next `places`. */
  takeTurn(places: number): void {
    this.#length += places
  }

  /** A copy of `count` places from `from` on. */
  copy(from: number, count: number): Segment {
    const { headSize, keyValueHeads } = this.#config
    return this.#arrays.map((array) => {
      const part = new Float32Array(keyValueHeads * count * headSize)
      for (let head = 0; head < keyValueHeads; head++) {
        const start = (head * this.#capacity + from) * headSize
        part.set(array.subarray(start, start + count * headSize), head * count * headSize)
      }
      return part
    })
  }

  /** Takes over what a run wrote where it could not write here. */
  adopt(outputs: Readonly<Record<string, RuntimeTensor>>): void {
    const written = this.#written.map((name, index) => outputs[name] ?? this.#feeds[this.#names[index]!]!)
    if (written.every((tensor, index) => tensor.data === this.#arrays[index])) return
    this.#use(written, this.#capacity)
  }

  /** Makes room for `places` in all. */
  reserve(places: number): void {
    if (places > this.#capacity) this.#resize(places)
  }

  #resize(places: number): void {
    const capacity = Math.ceil(places / STEP) * STEP
    const { headSize, keyValueHeads, layers } = this.#config
    const before = this.#arrays
    const stride = this.#capacity * headSize
    const arrays = Array.from({ length: 2 * layers }, (_, index) => {
      const array = new Float32Array(keyValueHeads * capacity * headSize)
      const old = before[index]
      if (old === undefined) return array
      for (let head = 0; head < keyValueHeads; head++) {
        array.set(old.subarray(head * stride, head * stride + this.#length * headSize), head * capacity * headSize)
      }
      return array
    })
    this.#use(arrays.map((array) => this.#runtime.float(array, [1, keyValueHeads, capacity, headSize])), capacity)
  }

  #use(tensors: ReadonlyArray<RuntimeTensor>, capacity: number): void {
    const named = (names: ReadonlyArray<string>) =>
      Object.fromEntries(tensors.map((tensor, index) => [names[index]!, tensor]))
    this.#capacity = capacity
    this.#arrays = tensors.map(({ data }) => data as Float32Array)
    this.#feeds = named(this.#names)
    this.#outputs = named(this.#written)
  }

  #copy(segment: Segment, from: number, taken: number, count: number): void {
    const { headSize, keyValueHeads } = this.#config
    this.reserve(this.#length + taken)
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
const segmentNames = (
  { layers }: ModelConfig,
  keys: (layer: number) => string,
  values: (layer: number) => string
): ReadonlyArray<string> => Array.from({ length: layers }, (_, layer) => [keys(layer), values(layer)]).flat()
