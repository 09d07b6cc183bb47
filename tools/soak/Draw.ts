import { makeRandom } from "../../core/Random.ts"

/** Draws that are the same for the same seed. */
export const makeDraw = (seed: number) => {
  const { uniform } = makeRandom(seed)
  const below = (limit: number): number => Math.floor(uniform() * limit)
  const pick = <A>(items: readonly [A, ...ReadonlyArray<A>]): A => items[below(items.length)] ?? items[0]
  return { below, pick, chance: (share: number): boolean => uniform() < share }
}

export type Draw = ReturnType<typeof makeDraw>
