import type { LessonPoint } from "../domain/Metrics.ts"
import type { Step } from "../domain/Step.ts"
import type { ToldLesson } from "./LessonCard.ts"
import { relationsOfEach } from "./Relations.ts"

const outcomes = { Stepped: "learned", Skipped: "skipped", RolledBack: "rolled back" } as const

const pointOfStep = (
  { evidence, inner, revision, seconds, stages, tokens }: Step
): NonNullable<LessonPoint["step"]> => {
  const { canaries, corrected, asCorrected, movement } = evidence
  return {
    revision,
    updates: inner.length,
    lossFirst: inner[0]?.loss ?? 0,
    lossLast: inner.at(-1)?.loss ?? 0,
    divergenceAfter: evidence.divergenceAfter,
    attemptLogProbBefore: evidence.attemptLogProbBefore,
    attemptLogProbAfter: evidence.attemptLogProbAfter,
    ...(corrected === undefined ? {} : {
      correctedLogProbBefore: corrected.logProbBefore,
      correctedLogProbAfter: corrected.logProbAfter
    }),
    greedyChanged: evidence.greedyChanged,
    ...(asCorrected === undefined ? {} : { asCorrected }),
    ...(movement === undefined ? {} : { movement }),
    baseKl: evidence.baseKl,
    gradientNorm: Math.max(...inner.map((one) => one.gradientNorm)),
    updateNorm: inner.reduce((sum, one) => sum + one.updateNorm, 0),
    ...(canaries === undefined ? {} : {
      canaries: canaries.count,
      ...(canaries.count === 0 ? {} : {
        canaryKl: canaries.kl,
        canaryUnchanged: canaries.unchanged,
        validity: canaries.valid
      })
    }),
    tokens,
    seconds,
    ...(stages === undefined ? {} : { stages })
  }
}

/** The points of a history from the ledger's lessons, oldest first. */
export const historyOf = (lessons: ReadonlyArray<ToldLesson>): ReadonlyArray<LessonPoint> => {
  const relations = relationsOfEach(lessons.map(({ lesson }) => lesson))
  return lessons.map(({ lesson, outcome }, index) => {
    return {
      lessonId: lesson.id,
      at: lesson.at,
      kind: lesson.kind,
      correction: lesson.correction,
      outcome: outcomes[outcome._tag],
      ...(outcome._tag === "Stepped" ? {} : { reason: outcome.reason }),
      times: lesson.kind === "retry" ? 1 : relations[index]?.times ?? 1,
      divergenceBefore: outcome._tag === "Skipped" ? outcome.divergence : outcome.step.evidence.divergenceBefore,
      ...(outcome._tag === "Skipped" ? {} : { step: pointOfStep(outcome.step) })
    }
  })
}

/**
 * The learning curve without asking anything: after each correction, the share of the last `window` corrections that had
 * been said before. It falls when corrections stick. Retries are no corrections.
 */
export const repeatedShare = (history: ReadonlyArray<LessonPoint>, window: number): ReadonlyArray<number> => {
  const said = history.filter(({ kind }) => kind !== "retry")
  return said.map((_, index) => {
    const recent = said.slice(Math.max(0, index + 1 - window), index + 1)
    return recent.filter(({ times }) => times > 1).length / recent.length
  })
}
