import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { CorrectedTurn, Evidence } from "../../core/domain/Step.ts"
import { type BackendError, currentWeights, type LoraBackend } from "../../core/LoraBackend.ts"
import { turnIds } from "../../core/prompt/TurnIds.ts"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"
import { sum } from "../math/TokenMean.ts"
import { makesCall, sameIds, sameTurn } from "../../core/evidence/SameTurn.ts"
import type { GreedyTurn } from "./GreedyTurn.ts"

type Backend = LoraBackend["Service"]

/** The turn that should come instead of the attempt, as far as it is known when the lesson is learned. */
export interface Wanted {
  readonly source: CorrectedTurn["source"]
  readonly text: string
  /** Its tokens, end of turn included. */
  readonly ids: ReadonlyArray<number>
}

/**
 * What a lesson wants: the edited call of an edit, the approved tokens of a retry, the teacher's greedy turn of a denial.
 * Undefined when none is known or it does not fit the window.
 */
export const wantedTurn = (
  { info, tokenizer }: Backend,
  lesson: Lesson,
  taught: { readonly text: string; readonly ids?: ReadonlyArray<number> } | undefined
): Wanted | undefined => {
  const written = (source: Wanted["source"], text: string, ids?: ReadonlyArray<number>): Wanted => ({
    source,
    text,
    ids: ids ?? turnIds(tokenizer, text)
  })
  const { attempt, correctedCall, kind } = lesson
  const wanted = kind === "retry"
    ? written("retry", attempt.text, attempt.ids)
    : kind === "edit" && correctedCall !== undefined
    ? written("edit", toolCallText(correctedCall.tool, correctedCall.arguments))
    : taught === undefined
    ? undefined
    : written("teacher", taught.text, taught.ids)
  return wanted === undefined || attempt.promptIds.length + wanted.ids.length > info.contextLength ? undefined : wanted
}

/** log p of the wanted turn under the correction-free prompt now, summed over its tokens. */
export const scoreWanted = (backend: Backend, lesson: Lesson, wanted: Wanted): Effect.Effect<number, BackendError> =>
  backend.score({
    promptIds: lesson.attempt.promptIds,
    completionIds: wanted.ids,
    weights: currentWeights
  }).pipe(Effect.map(({ logProbs }) => sum(logProbs)))

/** The same out of what is known of the greedy turn and the attempt, where they are the wanted turn. */
export const wantedLogProb = (
  backend: Backend,
  lesson: Lesson,
  wanted: Wanted,
  now: GreedyTurn
): Effect.Effect<number, BackendError> => {
  if (sameIds(wanted.ids, lesson.attempt.ids)) return Effect.succeed(sum(now.attemptLogProbs))
  if (now.logProbs !== undefined && sameIds(wanted.ids, now.ids)) return Effect.succeed(sum(now.logProbs))
  return scoreWanted(backend, lesson, wanted)
}

/** Whether a greedy turn is what the lesson wants. */
const isWanted = ({ correctedCall, kind }: Lesson, wanted: Wanted, greedy: string): boolean =>
  kind === "edit" && correctedCall !== undefined ? makesCall(greedy, correctedCall) : sameTurn(greedy, wanted.text)

/** What is known of the wanted turn after a step; nothing when there is none. */
export const correctedEvidence = (
  lesson: Lesson,
  wanted: Wanted | undefined,
  after: GreedyTurn,
  logProbBefore: number | undefined,
  logProbAfter: number | undefined
): Pick<Evidence, "asCorrected" | "corrected"> =>
  wanted === undefined || logProbBefore === undefined || logProbAfter === undefined ? {} : {
    asCorrected: isWanted(lesson, wanted, after.text),
    corrected: { source: wanted.source, text: wanted.text, logProbBefore, logProbAfter }
  }
