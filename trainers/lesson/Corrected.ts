import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { CorrectedTurn, Evidence } from "../../core/domain/Step.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { makesCall, type Said, sameIds, sameTurn, type Turn } from "../../core/Turn.ts"
import { sum } from "../math/TokenMean.ts"
import { callLike } from "./CallLike.ts"
import type { GreedyTurn } from "./GreedyTurn.ts"
import type { Study } from "./Study.ts"

type Backend = LoraBackend["Service"]

/** The turn that should come instead of the attempt, as far as it is known when the lesson is learned. */
export interface Wanted extends Turn {
  readonly source: CorrectedTurn["source"]
}

/**
 * What a lesson wants: the edited call of an edit, the approved tokens of a retry, the teacher's greedy turn of a denial.
 * Undefined when none is known or it does not fit the window.
 */
export const wantedTurn = ({ attempt, backend, lesson }: Study, taught: Turn | undefined): Wanted | undefined => {
  const { correctedCall, kind } = lesson
  const wanted: Wanted | undefined = kind === "retry"
    ? { ...attempt, source: "retry" }
    : kind === "edit" && correctedCall !== undefined
    ? { ...callLike(backend.tokenizer, attempt, correctedCall), source: "edit" }
    : taught && { ...taught, source: "teacher" }
  const room = backend.info.contextLength - lesson.attempt.promptIds.length
  return wanted !== undefined && wanted.ids.length <= room ? wanted : undefined
}

/** log p of the wanted turn under the correction-free prompt now, summed over its tokens. */
export const scoreWanted = (backend: Backend, lesson: Lesson, wanted: Turn): Effect.Effect<number, BackendError> =>
  backend.score({
    promptIds: lesson.attempt.promptIds,
    completionIds: wanted.ids,
    weights: currentWeights
  }).pipe(Effect.map(({ logProbs }) => sum(logProbs)))

/** The same out of what is known of the greedy turn and the attempt, where they are the wanted turn. */
export const wantedLogProb = (
  { attempt, backend, lesson }: Study,
  wanted: Turn,
  now: GreedyTurn
): Effect.Effect<number, BackendError> => {
  if (sameIds(wanted.ids, attempt.ids)) return Effect.succeed(sum(now.attemptLogProbs))
  if (now.logProbs !== undefined && sameIds(wanted.ids, now.ids)) return Effect.succeed(sum(now.logProbs))
  return scoreWanted(backend, lesson, wanted)
}

/** Whether a greedy turn is what the lesson wants. */
const isWanted = ({ correctedCall, kind }: Lesson, wanted: Said, greedy: Said): boolean =>
  kind === "edit" && correctedCall !== undefined ? makesCall(greedy, correctedCall) : sameTurn(greedy, wanted)

/** What is known of the wanted turn after a step; nothing when there is none. */
export const correctedEvidence = (
  lesson: Lesson,
  wanted: Wanted | undefined,
  after: Said,
  logProbBefore: number | undefined,
  logProbAfter: number | undefined
): Pick<Evidence, "asCorrected" | "corrected"> =>
  wanted === undefined || logProbBefore === undefined || logProbAfter === undefined ? {} : {
    asCorrected: isWanted(lesson, wanted, after),
    corrected: { source: wanted.source, text: wanted.text, logProbBefore, logProbAfter }
  }
