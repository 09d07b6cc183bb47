import { type Arm, armOf, arms } from "../Arms.ts"
import { bestRates, tuningScore } from "../Plan.ts"
import { meanOf } from "../Statistics.ts"
import type { Finished } from "../Unit.ts"
import { estimate, type Estimates } from "./Measures.ts"

export interface ArmReport {
  readonly arm: Arm
  /** Null where the arm has a rate of its own. */
  readonly learningRate: number | null
  readonly chains: ReadonlyArray<Finished>
  readonly estimates: Estimates
}

/** Mean tuning scores of one arm, by learning rate, ascending. */
interface TuningCurve {
  readonly arm: Arm
  readonly points: ReadonlyArray<{ readonly learningRate: number; readonly score: number }>
  readonly chosen: number
}

export interface Report {
  readonly modelIdentity: string
  readonly arms: ReadonlyArray<ArmReport>
  readonly tuning: ReadonlyArray<TuningCurve>
  readonly seeds: number
  readonly later: number
}

/** Puts the finished units together. Chains of an arm at another rate than the chosen one are left out. */
export const makeReport = (finished: ReadonlyArray<Finished>, modelIdentity: string): Report => {
  const rates = bestRates(finished)
  const compared = finished.filter(({ unit }) => unit.stage === "compare")
  const reports = arms.flatMap((arm): ReadonlyArray<ArmReport> => {
    const rate = arm.tuned ? rates.get(arm.id) ?? 0 : 0
    const chains = compared.filter(({ unit }) => unit.arm === arm.id && unit.learningRate === rate)
    return chains.length === 0
      ? []
      : [{ arm, learningRate: arm.tuned ? rate : null, chains, estimates: estimate(chains) }]
  })
  const tuning = [...rates].map(([id, chosen]): TuningCurve => {
    const own = finished.filter(({ unit }) => unit.stage === "tune" && unit.arm === id)
    const grid = [...new Set(own.map(({ unit }) => unit.learningRate))].sort((a, b) => a - b)
    return {
      arm: armOf(id),
      chosen,
      points: grid.map((learningRate) => ({
        learningRate,
        score: meanOf(own.filter(({ unit }) => unit.learningRate === learningRate).map(tuningScore))
      }))
    }
  })
  return {
    modelIdentity,
    arms: reports,
    tuning,
    seeds: new Set(compared.map(({ unit }) => unit.seed)).size,
    later: Math.max(0, ...compared.map(({ unit }) => unit.later))
  }
}

export const find = (report: Report, id: string): ArmReport | undefined => report.arms.find(({ arm }) => arm.id === id)
