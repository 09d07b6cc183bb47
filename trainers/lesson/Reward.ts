import * as Equal from "effect/Equal"
import { callOf, type Said, sameTurn } from "../../core/Turn.ts"

/** How a sampled turn is rewarded, from 0 to 1, by comparison with the turn that is wanted. */
export type Reward = (turn: Said, wanted: Said) => number

/** 1 for the wanted call with equal arguments (or, without a call, the wanted words), else 0. */
export const exactReward: Reward = (turn, wanted) => sameTurn(turn, wanted) ? 1 : 0

/**
 * As `exactReward`, but a call of the right tool is worth 0.25 and each of its arguments that is right (missing and additional
 * ones count as wrong) an equal part of another 0.5. Only the whole call is worth 1.
 */
export const gradedReward: Reward = (turn, wanted) => {
  if (sameTurn(turn, wanted)) return 1
  const [x, y] = [callOf(turn), callOf(wanted)]
  if (x === undefined || x.tool !== y?.tool) return 0
  const names = [...new Set([...Object.keys(x.arguments), ...Object.keys(y.arguments)])]
  const right = names.filter((name) => Equal.equals(x.arguments[name], y.arguments[name])).length
  return 0.25 + (names.length === 0 ? 0 : 0.5 * right / names.length)
}

export const rewards = { exact: exactReward, graded: gradedReward } as const
