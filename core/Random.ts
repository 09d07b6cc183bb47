/** A small seeded generator. Equal seeds give equal numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  readonly uniform: () => number
  /** Standard normal. */
  readonly normal: () => number
}

/** xoshiro128** (Blackman & Vigna 2018), its state filled by splitmix32 from the seed. */
export const makeRandom = (seed: number): Random => {
  let mix = seed >>> 0 ^ Math.imul(Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b9)
  const splitmix = () => {
    mix = (mix + 0x9e3779b9) >>> 0
    let z = mix
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let d = splitmix() | 1
  const rotate = (x: number, by: number) => ((x << by) | (x >>> (32 - by))) >>> 0
  const next = () => {
    const result = Math.imul(rotate(Math.imul(b, 5) >>> 0, 7), 9) >>> 0
    const shifted = (b << 9) >>> 0
    c = (c ^ a) >>> 0
    d = (d ^ b) >>> 0
    b = (b ^ c) >>> 0
    a = (a ^ d) >>> 0
    c = (c ^ shifted) >>> 0
    d = rotate(d, 11)
    return result
  }
  const uniform = () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 2 ** 53
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  }
}
