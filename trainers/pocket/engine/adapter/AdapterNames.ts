import { type AdapterLayout, fingerprint, isBase } from "./AdapterState.ts"

/** The name of no adapter. */
export const BASE = "base"

/** Names of adapters, each computed once. */
export class AdapterNames {
  readonly #layout: AdapterLayout
  readonly #known = new WeakMap<Float32Array, string>()

  constructor(layout: AdapterLayout) {
    this.#layout = layout
  }

  /** A name that is equal for equal weights. Without an adapter, or with one whose B is zero, these are the base's. */
  of(parameters: Float32Array | undefined): string {
    if (parameters === undefined) return BASE
    const known = this.#known.get(parameters)
    if (known !== undefined) return known
    const name = isBase(this.#layout, parameters) ? BASE : fingerprint(parameters)
    this.#known.set(parameters, name)
    return name
  }
}
