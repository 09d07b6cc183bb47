import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import {
  BackendError,
  baseWeights,
  currentWeights,
  type Divergence,
  type LoraBackend,
  type LossItem,
  type Weights
} from "../../core/LoraBackend.ts"
import { callTurn } from "../../core/Turn.ts"
import { messageOf } from "../../core/MessageOf.ts"
import type { Speaker } from "../lesson/GreedyTurn.ts"
import { together } from "../lesson/Distant.ts"
import type { LessonLoss, LessonObjective, Subject } from "../lesson/Objective.ts"
import { advantages } from "../math/SampledToken.ts"
import { tokenMean } from "../math/TokenMean.ts"
import { divergenceName, divergenceOf, type SdpoOptions } from "./Options.ts"

type Backend = LoraBackend["Service"]

/** Name of the shadow that serves as moving-average teacher. */
export const EMA_TEACHER = "teacher"

const teacherWeights: Readonly<Record<SdpoOptions["teacher"], Weights>> = {
  base: baseWeights,
  current: currentWeights,
  ema: { _tag: "Shadow", name: EMA_TEACHER }
}

/** Who reads the correction. */
const teacherOf = (lesson: Lesson, options: SdpoOptions) => ({
  promptIds: lesson.teacherPromptIds,
  weights: teacherWeights[options.teacher]
})

const teaches = (lesson: Lesson, options: SdpoOptions) =>
  lesson.kind === "edit" && lesson.correctedCall !== undefined && options.editTeachesCall !== "off"

const editedCallIds = (backend: Backend, lesson: Lesson): ReadonlyArray<number> =>
  lesson.correctedCall === undefined ? [] : callTurn(backend.tokenizer, lesson.correctedCall).ids

const lessonDivergence = (lesson: Lesson, options: SdpoOptions) =>
  divergenceOf(
    lesson.kind === "retry" && options.retryDivergence !== "same" ? options.retryDivergence : options.divergence,
    options.jsdAlpha
  )

/** JSD_a of two nearby distributions is a (1 - a) times their KL, so that one gate serves every divergence. */
const gateScale = (divergence: Divergence): number =>
  divergence.kind === "jsd" ? divergence.alpha * (1 - divergence.alpha) : 1

/** Fields of an item on the subject's tokens, with a ratio where their sampling was recorded. */
const onSubject = (lesson: Lesson, { ids, oldLogProbs }: Subject, options: SdpoOptions) => ({
  promptIds: lesson.attempt.promptIds,
  completionIds: ids,
  baseKl: options.klCoefficient,
  ...(oldLogProbs === undefined ? {} : {
    oldLogProbs,
    ratioClip: { min: options.ratioMin, max: options.ratioMax }
  })
})

const crossEntropyOnEdit = (backend: Backend, lesson: Lesson, options: SdpoOptions): LossItem => ({
  _tag: "CrossEntropy",
  promptIds: lesson.attempt.promptIds,
  completionIds: editedCallIds(backend, lesson),
  baseKl: options.klCoefficient
})

const narrowed = ({ estimator, topK }: SdpoOptions) => estimator === "topk" ? { topK } : {}

/** Divergences over the vocabulary, or over the likeliest tokens and a tail. */
const fullLoss = (backend: Backend, lesson: Lesson, subject: Subject, options: SdpoOptions): LessonLoss => {
  const teacher = teacherOf(lesson, options)
  const denial: LossItem = {
    _tag: "Distill",
    ...onSubject(lesson, subject, options),
    divergence: lessonDivergence(lesson, options),
    ...narrowed(options),
    teacher
  }
  const edit: ReadonlyArray<LossItem> = !teaches(lesson, options)
    ? []
    : options.editTeachesCall === "cross_entropy"
    ? [crossEntropyOnEdit(backend, lesson, options)]
    : [{
      _tag: "Distill",
      promptIds: lesson.attempt.promptIds,
      completionIds: editedCallIds(backend, lesson),
      divergence: { kind: "forward_kl" },
      ...narrowed(options),
      teacher,
      baseKl: options.klCoefficient
    }]
  return {
    items: [denial, ...edit],
    divergence: (report) => tokenMean(report.items.flatMap((item) => item.divergences ?? []))
  }
}

/**
 * The sampled-token form: policy gradient with A_t = log p_teacher(y_t) - log p_student(y_t) at the current weights,
 * detached. On a retry, whose tokens the corrected policy sampled, the same estimate of forward KL is cross-entropy.
 * Its divergence is the mean |A_t|.
 */
const sampledLoss = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  subject: Subject,
  options: SdpoOptions
): Effect.fn.Return<LessonLoss, BackendError> {
  const completionIds = subject.ids
  const scored = (speaker: Speaker) =>
    backend.score({ ...speaker, completionIds }).pipe(
      Effect.map(({ logProbs }) => ({ logProbs, temperature: 1 }))
    )
  const [teacher, student] = yield* Effect.all([
    scored(teacherOf(lesson, options)),
    scored({ promptIds: lesson.attempt.promptIds, weights: currentWeights })
  ], together(backend))
  const gaps = yield* Effect.try({
    try: () => Array.from(advantages(student, teacher)),
    catch: (cause) => new BackendError({ reason: "Internal", message: messageOf(cause), cause })
  })
  const cut = gaps.map((a) => Math.min(options.advantageClip, Math.max(-options.advantageClip, a)))
  const attempt: LossItem = lesson.kind === "retry"
    ? { _tag: "CrossEntropy", ...onSubject(lesson, subject, options) }
    : { _tag: "PolicyGradient", ...onSubject(lesson, subject, options), advantages: cut }
  return {
    items: teaches(lesson, options) ? [attempt, crossEntropyOnEdit(backend, lesson, options)] : [attempt],
    divergence: () => tokenMean(gaps.map(Math.abs))
  }
})

const vocabularyName = ({ estimator, topK }: SdpoOptions): string =>
  estimator === "topk" ? `top-${topK} and tail` : "full-vocabulary"

const estimatorName = (lesson: Lesson, options: SdpoOptions, full: boolean): string => {
  const attempt = full
    ? `${vocabularyName(options)} ${divergenceName(lessonDivergence(lesson, options))}`
    : lesson.kind === "retry"
    ? "cross-entropy on the approved call"
    : `sampled-token reverse KL, ratio in [${options.ratioMin}, ${options.ratioMax}]`
  if (!teaches(lesson, options)) return attempt
  const distils = full && options.editTeachesCall === "distill"
  return `${attempt} + ${distils ? "forward KL" : "cross-entropy"} on the edited call`
}

/** SDPO's view of one lesson, with the best estimator that the backend and the options allow. */
export const sdpoObjective = (
  backend: Backend,
  lesson: Lesson,
  asked: SdpoOptions
): Effect.Effect<LessonObjective, BackendError> => {
  const { distillTopK = 0, fullDistribution, shadows } = backend.info.capabilities
  const unsupported = (message: string) => Effect.fail(new BackendError({ reason: "Unsupported", message }))
  if (
    asked.estimator === "full" && !fullDistribution || asked.estimator === "topk" && !(fullDistribution || distillTopK)
  ) {
    return unsupported(`The backend ${backend.info.backend} has no full distributions.`)
  }
  const full = asked.estimator !== "sampled" && (fullDistribution || distillTopK > 0)
  const options: SdpoOptions = full && !fullDistribution
    ? { ...asked, estimator: "topk", topK: Math.min(asked.topK, distillTopK) }
    : asked
  if (!full && options.divergence !== "reverse_kl" && options.estimator === "sampled") {
    return unsupported("Sampled tokens estimate reverse KL only. Set divergence=reverse_kl or estimator=full.")
  }
  if (options.teacher === "ema" && !shadows) {
    return unsupported(`The backend ${backend.info.backend} keeps no moving average. Set teacher=base.`)
  }
  return Effect.succeed({
    name: "sdpo",
    estimator: estimatorName(lesson, options, full),
    gateScale: full ? gateScale(lessonDivergence(lesson, options)) : 1,
    teacher: teacherOf(lesson, options),
    loss: (subject) =>
      full
        ? Effect.sync(() => fullLoss(backend, lesson, subject, options))
        : sampledLoss(backend, lesson, subject, options),
    afterUpdate: options.teacher === "ema" ? backend.blendShadow(EMA_TEACHER, options.emaRate) : Effect.void
  })
}
