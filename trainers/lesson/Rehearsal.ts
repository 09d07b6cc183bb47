import * as Effect from "effect/Effect"
import type { Call } from "../../core/domain/Call.ts"
import { callKind } from "../../core/evidence/CallKind.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import type { LossItem } from "../../core/Loss.ts"
import type { KeptTurn } from "../../core/Trainer.ts"
import { callOf } from "../../core/Turn.ts"
import { together } from "./Distant.ts"

/**
 * A kept turn holds while each of its tokens is this likely, or has lost no more than this factor where it was less likely
 * when it was kept. So near to certain, because what is merely still the likeliest turn has drifted already, and others like
 * it with it.
 */
const HOLDS = Math.log(0.85)

/**
 * The kept turns that a lesson may not change: the newest `limit` that fit the window, without those that do what the lesson
 * denies, which the human no longer wants, and without older turns under the lesson's own prompt.
 */
export const keptBeside = (
  backend: LoraBackend["Service"],
  kept: ReadonlyArray<KeptTurn>,
  lesson: { readonly call: Call; readonly promptIds: ReadonlyArray<number> },
  limit: number
): ReadonlyArray<KeptTurn> => {
  const { contextLength } = backend.info
  const denied = callKind(lesson.call)
  const prompts = new Set([lesson.promptIds.join()])
  return kept.filter((turn) => {
    const prompt = turn.promptIds.join()
    const length = turn.promptIds.length + turn.ids.length
    if (prompts.has(prompt) || turn.ids.length === 0 || length > contextLength) return false
    prompts.add(prompt)
    const call = callOf(turn)
    return call === undefined || callKind(call) !== denied
  }).slice(0, limit)
}

const holds = (turn: KeptTurn, logProbs: ReadonlyArray<number>): boolean =>
  logProbs.every((now, t) => now >= Math.min(HOLDS, (turn.logProbs?.[t] ?? 0) + HOLDS))

/** Those of the kept turns that the current weights no longer make for sure; none when all hold. */
export const weakened = (
  backend: LoraBackend["Service"],
  kept: ReadonlyArray<KeptTurn>
): Effect.Effect<ReadonlyArray<KeptTurn>, BackendError> =>
  Effect.filter(
    kept,
    (turn) =>
      backend.score({ promptIds: turn.promptIds, completionIds: turn.ids, weights: currentWeights, reuse: true }).pipe(
        Effect.map(({ logProbs }) => !holds(turn, logProbs))
      ),
    together(backend)
  )

/** The same of all, where those that were weak before hold again; else which of these do not. */
export const stillWeak = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  before: ReadonlyArray<KeptTurn>,
  all: ReadonlyArray<KeptTurn>
) {
  const weak = yield* weakened(backend, before)
  return weak.length > 0 ? weak : yield* weakened(backend, all)
})

/** What brings a turn back: cross-entropy on it. */
export const rehearsal = ({ ids, promptIds }: KeptTurn): LossItem => ({
  _tag: "CrossEntropy",
  promptIds,
  completionIds: ids,
  baseKl: 0
})
