import { AdapterNames, BASE } from "./adapter/AdapterNames.ts"
import type { AdapterLayout } from "./adapter/AdapterState.ts"
import type { MergedWeights, Passes } from "./Passes.ts"

const KEPT = 4

/** Folds adapters into the weights they adapt, once each. */
export class AdaptedWeights {
  readonly #passes: Passes
  readonly #layout: AdapterLayout
  readonly #names: AdapterNames
  readonly #merged = new Map<string, MergedWeights>()

  constructor(passes: Passes, layout: AdapterLayout) {
    this.#passes = passes
    this.#layout = layout
    this.#names = new AdapterNames(layout)
  }

  /** See `AdapterNames`. */
  key(parameters: Float32Array | undefined): string {
    return this.#names.of(parameters)
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
