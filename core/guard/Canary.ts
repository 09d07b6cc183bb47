import * as Effect from "effect/Effect"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Call } from "../domain/Call.ts"
import type { CanaryReport } from "../domain/Step.ts"
import type { BackendError, LoraBackend, Scores } from "../LoraBackend.ts"
import { currentWeights } from "../Weights.ts"
import { callOf, readTurn, type Said, sameTurn, sampleTurn } from "../Turn.ts"
import { klOfLikeliest, movementOf } from "./Drift.ts"

/** Tokens listed at each position: on the approved calls of a trained model all but a thousandth of the mass. */
const LIKELIEST = 32

/** What the weights say to one approved call. */
export interface CanaryReading {
  readonly turn: ApprovedTurn
  readonly logProbs: ReadonlyArray<number>
  readonly likeliest?: Scores["topK"]
  /** The greedy turn after its prompt. */
  readonly greedy: Said
}

/**
 * Asks one approved call again under the current weights. A greedy turn that is the approved one is seen from the scores
 * alone; only another one is generated.
 */
export const readCanary = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  turn: ApprovedTurn
): Effect.fn.Return<CanaryReading, BackendError> {
  const { ids, promptIds } = turn.attempt
  const { capabilities, contextLength } = backend.info
  const topK = Math.min(capabilities.topK, LIKELIEST)
  const { logProbs, topK: likeliest } = yield* backend.score({
    promptIds,
    completionIds: ids,
    weights: currentWeights,
    ...(topK > 0 ? { topK } : {})
  })
  const reading = likeliest === undefined ? { turn, logProbs } : { turn, logProbs, likeliest }
  if (likeliest?.every((row, t) => row[0]?.id === ids[t]) === true)
    return { ...reading, greedy: readTurn(turn.attempt) }
  const greedy = yield* sampleTurn(backend, {
    promptIds,
    maxTokens: Math.min(contextLength - promptIds.length, 2 * ids.length),
    temperature: 0,
    topP: 1,
    seed: 0,
    weights: currentWeights,
    scored: false
  })
  return { ...reading, greedy }
})

/** Whether a turn is a call that can be run. */
export type IsRunnable = (call: Call) => boolean

const runs = (turn: Said, isRunnable: IsRunnable): boolean => {
  const call = callOf(turn)
  return call !== undefined && isRunnable({ id: "canary", tool: call.tool, arguments: call.arguments })
}

/** Whether a turn can be used as it is: words, or a call that can be run. */
export const isUsable = (turn: Said, isRunnable: IsRunnable): boolean =>
  turn.parsed._tag === "Words" || runs(turn, isRunnable)

const drift = (before: CanaryReading, after: CanaryReading): number => {
  const [rows, now] = [before.likeliest, after.likeliest]
  if (rows === undefined || now === undefined) return movementOf(before.logProbs, after.logProbs)
  return rows.reduce((sum, row, t) => sum + klOfLikeliest(row, now[t] ?? []), 0) / rows.length
}

const share = (flags: ReadonlyArray<boolean>): number =>
  flags.length === 0 ? 1 : flags.filter(Boolean).length / flags.length

/** Compares the readings of the same canaries before and after a step. */
export const canaryReport = (
  before: ReadonlyArray<CanaryReading>,
  after: ReadonlyArray<CanaryReading>,
  isRunnable: IsRunnable
): CanaryReport => {
  const pairs = before.flatMap((reading, index) => {
    const now = after[index]
    return now === undefined ? [] : [{ before: reading, after: now }]
  })
  const tokens = pairs.map((pair) => pair.before.logProbs.length)
  const total = tokens.reduce((sum, count) => sum + count, 0)
  const moved = pairs.reduce((sum, pair, index) => sum + (tokens[index] ?? 0) * drift(pair.before, pair.after), 0)
  const changed = pairs.filter((pair) => !sameTurn(pair.before.greedy, pair.after.greedy))
  const listed = before[0]?.likeliest?.[0]?.length
  return {
    count: pairs.length,
    tokens: total,
    kl: total === 0 ? 0 : moved / total,
    estimator: listed === undefined ? "the approved tokens alone" : `the ${listed} likeliest tokens and the rest`,
    unchanged: pairs.length === 0 ? 1 : 1 - changed.length / pairs.length,
    validBefore: share(pairs.map((pair) => runs(pair.before.greedy, isRunnable))),
    valid: share(pairs.map((pair) => runs(pair.after.greedy, isRunnable))),
    changed: changed.map((pair) => ({
      task: pair.before.turn.task,
      before: pair.before.greedy.text,
      after: pair.after.greedy.text
    }))
  }
}
