import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { BackendInfo } from "../../core/LoraBackend.ts"
import type { LossReport } from "../../core/Loss.ts"
import { TrainerError } from "../../core/Trainer.ts"
import { largestLogRatio } from "../math/Ratio.ts"
import { tokenMean } from "../math/TokenMean.ts"

/** Above this |log ratio|, a first step is no longer the on-policy step it should be. */
export const RATIO_TOLERANCE = 1e-3
/** Above this mean |log ratio| the recorded numbers belong to another temperature or model. */
const TEMPERATURE_TOLERANCE = 0.1

const refuse = (reason: TrainerError["reason"], message: string) => Effect.fail(new TrainerError({ reason, message }))

/** Refuses lessons whose tokens cannot be scored by this backend, before anything is computed. */
export const checkLesson = (lesson: Lesson, info: BackendInfo): Effect.Effect<void, TrainerError> => {
  const { ids, logProbs, promptIds } = lesson.attempt
  if (!info.capabilities.training) {
    return refuse(
      "Untrainable",
      `The backend ${info.backend} cannot train. Choose another trainer, or set enable_training=false.`
    )
  }
  if (lesson.modelIdentity !== info.modelIdentity) {
    return refuse(
      "Foreign",
      `The lesson was recorded with another model (${lesson.modelIdentity}), whose token ids mean nothing to `
        + `${info.modelName} (${info.modelIdentity}). Start with the model that made the attempt.`
    )
  }
  if (ids.length === 0) {
    return refuse("Attempt", "The attempt has no tokens, so there is nothing to learn from. Correct another call.")
  }
  if (ids.length !== logProbs.length) {
    return refuse(
      "Attempt",
      `The attempt has ${ids.length} tokens but ${logProbs.length} log-probabilities: they cannot be aligned. `
        + "Let the model propose the call again and correct that one."
    )
  }
  const known = (id: number) => Number.isInteger(id) && id >= 0 && id < info.vocabularySize
  if (![...promptIds, ...ids, ...lesson.teacherPromptIds].every(known)) {
    return refuse(
      "Foreign",
      "The lesson has token ids outside the model's vocabulary. Start with the model that made the attempt."
    )
  }
  const longest = Math.max(promptIds.length, lesson.teacherPromptIds.length) + ids.length
  if (longest > info.contextLength) {
    return refuse(
      "ContextTooLong",
      `With the correction the conversation has ${longest} tokens; the model holds ${info.contextLength}. `
        + "Type /clear to start a shorter conversation, then correct again."
    )
  }
  return Effect.void
}

/**
 * Compares the trainer's log-probabilities before any update with those recorded at sampling. Only meaningful while
 * the weights are the ones that sampled. Fails when they are so far apart that another temperature or model must have
 * recorded them; otherwise succeeds with the largest |log ratio|.
 */
export const checkFirstRatio = (
  lesson: Lesson,
  logProbs: ReadonlyArray<number>
): Effect.Effect<number, TrainerError> => {
  const recorded = lesson.attempt.logProbs
  const mean = tokenMean(logProbs.map((s, t) => Math.abs(s - recorded[t]!)))
  return mean <= TEMPERATURE_TOLERANCE
    ? Effect.succeed(largestLogRatio(logProbs, recorded))
    : refuse(
      "Attempt",
      `The attempt's recorded log-probabilities are ${mean.toFixed(2)} nats per token away from the model's own at `
        + "temperature 1, so they were taken at another temperature or with other weights. "
        + "Let the model propose the call again and correct that one."
    )
}

const finite = (values: ReadonlyArray<number> | undefined) => values === undefined || values.every(Number.isFinite)

/** Refuses a report with numbers that are not finite, or whose arrays do not line up with the lesson's tokens. */
export const checkReport = (report: LossReport, lengths: ReadonlyArray<number>): Effect.Effect<void, TrainerError> => {
  const arrays = report.items.flatMap((item) => [
    item.logProbs,
    item.ratios,
    item.baseKls,
    item.teacherLogProbs,
    item.divergences
  ])
  if (!Number.isFinite(report.loss) || !Number.isFinite(report.gradientNorm) || !arrays.every(finite)) {
    return refuse(
      "NonFinite",
      "The loss is not a finite number, so nothing was learned and the weights are as before. "
        + "Set a smaller learning_rate, or say the correction differently."
    )
  }
  const aligned = report.items.length === lengths.length
    && report.items.every((item, i) =>
      [item.logProbs, item.ratios, item.teacherLogProbs, item.divergences]
        .every((values) => values === undefined || values.length === lengths[i])
    )
  return aligned
    ? Effect.void
    : refuse(
      "Backend",
      "The backend's scores do not line up with the attempt's tokens, so nothing was learned. "
        + "Choose another trainer and report this backend."
    )
}
