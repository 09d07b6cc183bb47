/**
 * A seeded source of randomness for generated conversations: equal seeds give equal corpora everywhere. mulberry32, which the
 * corpora so far were drawn with.
 */
export interface Rng {
  /** Uniform in [0, 1). */
  readonly unit: () => number
  /** Uniform integer in [0, bound). */
  readonly below: (bound: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(items: ReadonlyArray<A>) => A
  /** Picks by weight; weights need not sum to one. */
  readonly weighted: <A extends { readonly weight: number }>(items: ReadonlyArray<A>) => A
  readonly shuffle: <A>(items: ReadonlyArray<A>) => ReadonlyArray<A>
}

export const makeRng = (seed: number): Rng => {
  let state = seed >>> 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (bound: number): number => Math.floor(unit() * bound)
  const pick = <A>(items: ReadonlyArray<A>): A => {
    const item = items[below(items.length)]
    if (item === undefined) throw new RangeError("pick needs at least one item")
    return item
  }
  const weighted = <A extends { readonly weight: number }>(items: ReadonlyArray<A>): A => {
    let rest = unit() * items.reduce((sum, item) => sum + item.weight, 0)
    for (const item of items) {
      rest -= item.weight
      if (rest < 0) return item
    }
    return pick(items)
  }
  const shuffle = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => {
    const shuffled = [...items]
    for (let index = shuffled.length - 1; index > 0; index--) {
      const other = below(index + 1)
      const held = shuffled[index] as A
      shuffled[index] = shuffled[other] as A
      shuffled[other] = held
    }
    return shuffled
  }
  return { unit, below, chance: (probability) => unit() < probability, pick, weighted, shuffle }
}
