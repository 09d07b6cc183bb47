import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { LearnedLesson } from "../evidence/LessonCard.ts"
import type { LoraBackend } from "../LoraBackend.ts"
import { turnIds } from "../prompt/TurnIds.ts"
import type { KeptTurn } from "../Trainer.ts"

/** More than a ledger keeps. */
export const ALL_TURNS = 10_000

/**
 * What a lesson should leave as it is, newest first, at most `count`: calls that were approved before it was made, and what
 * earlier lessons taught, where the model did it untold right after the step. The same lessons and turns give the same, so
 * that learning a lesson anew rehearses what was rehearsed then.
 */
export const keptTurns = (
  { info, tokenizer }: LoraBackend["Service"],
  { at: made }: Lesson,
  turns: ReadonlyArray<ApprovedTurn>,
  lessons: ReadonlyArray<LearnedLesson>,
  count: number
): ReadonlyArray<KeptTurn> => {
  const approved = turns.filter(({ at }) => at <= made).map(({ at, attempt: { ids, logProbs, promptIds } }) => ({
    at,
    turn: (): KeptTurn => ({ promptIds, ids, logProbs })
  }))
  const taught = lessons.flatMap(({ lesson, outcome }) => {
    const learned = outcome._tag === "Stepped" && outcome.step.evidence.asCorrected === true
    if (!learned || lesson.modelIdentity !== info.modelIdentity) return []
    const turn = (): KeptTurn => ({
      promptIds: lesson.attempt.promptIds,
      ids: turnIds(tokenizer, outcome.step.evidence.greedyAfter)
    })
    return [{ at: lesson.at, turn }]
  })
  return [...approved, ...taught].toSorted((a, b) => b.at - a.at).slice(0, count).map(({ turn }) => turn())
}
