import { type Arm, armOf } from "./Arms.ts"
import { comparisonMaterial, tuningMaterial, waysOf } from "./Kinds.ts"
import { meanOf } from "./Statistics.ts"
import type { Finished, Unit } from "./Unit.ts"

/** How much is measured. */
export interface Size {
  readonly seeds: number
  /** Chains per arm and seed; the defaults and controls that are quick get more. */
  readonly chains: number
  readonly tuningSeeds: number
  readonly later: number
  readonly tuningLater: number
  readonly grid: ReadonlyArray<number>
}

/** Seeds of the tuning stage start here, so that they are never those of the comparison. */
const TUNING_SEED = 1000

const idOf = (unit: Omit<Unit, "id">): Unit => ({
  id: [unit.stage, unit.arm, unit.learningRate, unit.focal, unit.way, unit.seed, unit.later].join(" "),
  ...unit
})

/** Chains on the tuning kinds at every learning rate of the grid. */
export const tuningUnits = (chosen: ReadonlyArray<Arm>, size: Size): ReadonlyArray<Unit> =>
  Array.from({ length: size.tuningSeeds }, (_, seed) => seed).flatMap((seed) =>
    chosen.filter(({ tuned }) => tuned).flatMap((arm) =>
      size.grid.flatMap((learningRate) => {
        const focal = tuningMaterial.taught[seed % tuningMaterial.taught.length]!
        const ways = waysOf(focal).others
        return idOf({
          stage: "tune",
          arm: arm.id,
          learningRate,
          focal: focal.kind,
          way: ways[seed % ways.length]!,
          seed: TUNING_SEED + seed,
          later: size.tuningLater
        })
      })
    )
  )

/**
 * What a chain is worth when learning rates are chosen: success on held-out tasks, times what is kept of it and of the later
 * lessons, times what is left as it was elsewhere.
 */
export const tuningScore = ({ result }: Finished): number => {
  if (result === null) return 0
  const kept = meanOf([result.heldOutRetention ?? 0, result.laterRetention ?? 0])
  return result.heldOut * kept * (1 - (result.driftLater ?? result.drift))
}

/** The learning rate of the grid with the best mean score for each arm; the smaller of equals. */
export const bestRates = (finished: ReadonlyArray<Finished>): ReadonlyMap<string, number> => {
  const scores = new Map<string, Map<number, Array<number>>>()
  for (const one of finished) {
    if (one.unit.stage !== "tune") continue
    const rates = scores.get(one.unit.arm) ?? new Map<number, Array<number>>()
    rates.set(one.unit.learningRate, [...rates.get(one.unit.learningRate) ?? [], tuningScore(one)])
    scores.set(one.unit.arm, rates)
  }
  return new Map([...scores].map(([arm, rates]) => {
    const ranked = [...rates].map(([rate, list]) => ({ rate, score: meanOf(list) })).sort((a, b) => a.rate - b.rate)
    return [arm, ranked.reduce((best, one) => one.score > best.score ? one : best).rate]
  }))
}

/** Chains that compare the arms, seed by seed, so that an interrupted run has every arm on the seeds it reached. */
export const comparisonUnits = (
  chosen: ReadonlyArray<Arm>,
  size: Size,
  rates: ReadonlyMap<string, number>
): ReadonlyArray<Unit> =>
  Array.from({ length: size.seeds }, (_, seed) => seed).flatMap((seed) =>
    chosen.flatMap((arm) => {
      const chains = arm.group === "default" || !arm.later ? 2 * size.chains : size.chains
      const { taught } = comparisonMaterial
      return Array.from({ length: chains }, (_, chain) => {
        // Every arm has the same kinds in its first chains, and more chains add to those of a smaller run.
        const focal = taught[(seed + chain * size.seeds) % taught.length]!
        const ways = waysOf(focal).others
        return idOf({
          stage: "compare",
          arm: arm.id,
          // Arms without a rate of their own ignore it.
          learningRate: arm.tuned ? rates.get(arm.id) ?? 0 : 0,
          focal: focal.kind,
          way: ways[(seed + chain) % ways.length]!,
          seed,
          later: arm.later ? size.later : 0
        })
      })
    })
  )

/** What a unit is expected to take, in processor seconds. Measured once; only its order of magnitude matters. */
export const expectedSeconds = (unit: Unit): number => {
  const { group } = armOf(unit.arm)
  const slow = ["grpo", "dr-grpo", "ppo", "mixture"].includes(unit.arm)
  const lesson = group === "control" ? 0.3 : slow ? 3 : 0.6
  return 7 + lesson * (3 + unit.later) + (unit.later === 0 ? 0 : 0.2 * unit.later + 3)
}
