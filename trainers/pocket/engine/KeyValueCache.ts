import type { ModelConfig } from "../../models/ModelConfig.ts"
import type { GraphRuntime, RuntimeTensor } from "./runtime/Runtime.ts"
import { common } from "./turn/Sequences.ts"

/** Keys and values of each layer, [key/value heads, length, head size] each, layer by layer. */
export type KeyValues = ReadonlyArray<RuntimeTensor>

/** Computed keys and values of a run of tokens under some weights. */
interface CachedRun {
  readonly weights: string
  readonly ids: ReadonlyArray<number>
  readonly keyValues: KeyValues
}

/**
 * Remembers the last few runs, so that a prompt which continues one of them is not computed again. Runs under other weights
 * never match; they fall out as new ones come.
 */
export class KeyValueCache {
  readonly #runtime: GraphRuntime
  readonly #config: ModelConfig
  readonly #capacity: number
  #runs: Array<CachedRun> = []

  constructor(runtime: GraphRuntime, config: ModelConfig, capacity = 4) {
    this.#runtime = runtime
    this.#config = config
    this.#capacity = capacity
  }

  /**
   * The longest known beginning of `ids` under `weights`, leaving at least the last id to compute. A run that is wholly used
   * is taken out: whoever takes it puts the longer one back.
   */
  take(weights: string, ids: ReadonlyArray<number>): CachedRun | undefined {
    const { length, run } = this.#longest(weights, ids)
    if (run === undefined || run.ids.length !== length) return this.beginning(weights, ids)
    this.#runs = this.#runs.filter((one) => one !== run)
    return run
  }

  /** The longest known beginning of `ids` under `weights`, leaving at least the last id to compute; nothing is taken out. */
  beginning(weights: string, ids: ReadonlyArray<number>): CachedRun | undefined {
    const { length, run } = this.#longest(weights, ids)
    return run === undefined
      ? undefined
      : { weights, ids: run.ids.slice(0, length), keyValues: this.#first(run, length) }
  }

  put(run: CachedRun): void {
    this.#runs = [run, ...this.#runs].slice(0, this.#capacity)
  }

  clear(): void {
    this.#runs = []
  }

  /** The run that shares most with `ids` without their last, and how much. */
  #longest(
    weights: string,
    ids: ReadonlyArray<number>
  ): { readonly run: CachedRun | undefined; readonly length: number } {
    const limit = ids.length - 1
    let best: CachedRun | undefined
    let length = 0
    for (const run of this.#runs) {
      if (run.weights !== weights) continue
      const shared = Math.min(limit, common(run.ids, ids))
      if (shared > length) {
        best = run
        length = shared
      }
    }
    return { run: best, length }
  }

  /** A copy of the first `length` positions. */
  #first(run: CachedRun, length: number): KeyValues {
    const { headSize, keyValueHeads, layers } = this.#config
    return Array.from({ length: 2 * layers }, (_, index) => {
      const data = new Float32Array(keyValueHeads * length * headSize)
      const source = run.keyValues[index]
      if (source !== undefined && source.data instanceof Float32Array) {
        const stride = run.ids.length * headSize
        for (let head = 0; head < keyValueHeads; head++) {
          data.set(source.data.subarray(head * stride, head * stride + length * headSize), head * length * headSize)
        }
      }
      return this.#runtime.float(data, [keyValueHeads, length, headSize])
    })
  }
}
