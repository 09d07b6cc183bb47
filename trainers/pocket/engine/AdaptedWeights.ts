import { type AdapterLayout, fingerprint, isBase } from "./adapter/AdapterState.ts"
import type { MergedWeights, Passes } from "./Passes.ts"

const BASE = "base"
const KEPT = 4

/** Folds adapters into the weights they adapt, once each. */
export class AdaptedWeights {
  readonly #passes: Passes
  readonly #layout: AdapterLayout
  readonly #keys = new WeakMap<Float32Array, string>()
  readonly #merged = new Map<string, MergedWeights>()

  constructor(passes: Passes, layout: AdapterLayout) {
    this.#passes = passes
    this.#layout = layout
  }

  /** A name that is equal for equal weights. Without an adapter, or with one whose B is zero, these are the base's. */
  key(parameters: Float32Array | undefined): string {
    if (parameters === undefined) return BASE
    const known = this.#keys.get(parameters)
    if (known !== undefined) return known
    const key = isBase(this.#layout, parameters) ? BASE : fingerprint(parameters)
    this.#keys.set(parameters, key)
    return key
  }

  /** The matrices to run with. */
  async matrices(parameters: Float32Array | undefined): Promise<MergedWeights> {
    const key = this.key(parameters)
    const known = this.#merged.get(key)
    if (known !== undefined) return known
    const zero = parameters === undefined || key === BASE
    const merged = await this.#passes.merge(zero ? new Float32Array(this.#layout.size) : parameters)
    this.#merged.set(key, merged)
    for (const old of this.#merged.keys()) {
      if (this.#merged.size <= KEPT) break
      if (old !== BASE) this.#merged.delete(old)
    }
    return merged
  }

  clear(): void {
    this.#merged.clear()
  }
}
