/** A small seeded generator (mulberry32): equal seeds give equal numbers on every engine. */
export interface Seeded {
  /** Uniform in [0, 1). */
  readonly uniform: () => number
  /** Standard normal (Box-Muller). */
  readonly normal: () => number
  readonly normals: (length: number, scale?: number) => Float64Array
}

export const seeded = (seed: number): Seeded => {
  let state = seed >>> 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return {
    uniform,
    normal,
    normals: (length, scale = 1) => Float64Array.from({ length }, () => scale * normal())
  }
}
