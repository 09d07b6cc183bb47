import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { BackendError, type LoraBackend } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights, type Weights } from "../../core/Weights.ts"
import type { Divergence, LossItem } from "../../core/Loss.ts"
import { callLike } from "../lesson/CallLike.ts"
import { messageOf } from "../../core/MessageOf.ts"
import type { Speaker } from "../lesson/GreedyTurn.ts"
import { together } from "../lesson/Distant.ts"
import type { LessonLoss, LessonObjective, NoSignal, Subject } from "../lesson/Objective.ts"
import { type ToldTurn, toldTurn } from "../lesson/ToldTurn.ts"
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
  lesson.correctedCall === undefined ? [] : callLike(backend.tokenizer, lesson.attempt, lesson.correctedCall).ids

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
  const [first] = edit
  if (first?._tag === "CrossEntropy" && options.learnOn === "call") {
    return { items: edit, divergence: ({ items: [report] }) => -tokenMean(report?.logProbs ?? []) }
  }
  return {
    items: first !== undefined && options.learnOn === "call" ? edit : [denial, ...edit],
    divergence: (report) => tokenMean(report.items.flatMap((item) => item.divergences ?? []))
  }
}

/** Tokens at its beginning that a told turn and the attempt share, as far as they were given to the teacher. */
const sharedWith = ({ attempt }: Lesson, { given, ids }: ToldTurn): number => {
  const parting = ids.findIndex((id, t) => attempt.ids[t] !== id)
  return Math.min(given, parting === -1 ? ids.length : parting)
}

/** Whether the teacher would have written every token of its held call by itself, the opening that the attempt shares aside. */
const isOwn = (lesson: Lesson, told: ToldTurn): boolean => {
  const shared = sharedWith(lesson, told)
  return told.own.every((own, t) => t < shared || own)
}

/** A token that is so likely to the student needs no more. */
const LEARNED = Math.log(0.9)

/**
 * The teacher's own call, which was held to be one: forward KL on its tokens, or, where the teacher would have written others,
 * cross-entropy on those that the student is not sure of, nothing on the opening that the attempt shares; and, with `both`, the
 * divergence on the attempt after that. `student` are the log-probabilities of the call's tokens now.
 */
const toldLoss = (
  lesson: Lesson,
  told: ToldTurn,
  student: ReadonlyArray<number>,
  options: SdpoOptions
): LessonLoss => {
  const { attempt } = lesson
  const { ids } = told
  const shared = sharedWith(lesson, told)
  const distance = { ...narrowed(options), teacher: teacherOf(lesson, options) }
  const onCall = {
    promptIds: attempt.promptIds,
    completionIds: ids,
    mask: ids.map((_, t) => t < shared ? 0 : 1),
    baseKl: options.klCoefficient
  }
  const unsure = ids.map((_, t) => t >= shared && (student[t] ?? 0) < LEARNED ? 1 : 0)
  const call: LossItem = isOwn(lesson, told)
    ? { _tag: "Distill", ...onCall, divergence: { kind: "forward_kl" }, ...distance }
    : { _tag: "CrossEntropy", ...onCall, mask: unsure.includes(1) ? unsure : onCall.mask }
  const denied: LossItem = {
    _tag: "Distill",
    ...onSubject(lesson, { ids: attempt.ids }, options),
    mask: attempt.ids.map((_, t) => t < shared ? 0 : 1),
    divergence: lessonDivergence(lesson, options),
    ...distance
  }
  return {
    items: options.learnOn === "both" && attempt.ids.length > shared ? [call, denied] : [call],
    divergence: ({ items: [onIt] }) =>
      tokenMean((onIt?.divergences ?? onIt?.logProbs.map((logProb) => -logProb) ?? []).slice(shared))
  }
}

/** `toldLoss` at the current weights. */
const toldNow = (backend: Backend, lesson: Lesson, told: ToldTurn, options: SdpoOptions) =>
  backend.score({
    promptIds: lesson.attempt.promptIds,
    completionIds: told.ids,
    weights: currentWeights,
    reuse: true
  }).pipe(Effect.map(({ logProbs }) => toldLoss(lesson, told, logProbs, options)))

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

const estimatorName = (lesson: Lesson, options: SdpoOptions, full: boolean, told: ToldTurn | undefined): string => {
  if (told !== undefined) {
    const beside = options.learnOn === "both"
      ? ` + ${divergenceName(lessonDivergence(lesson, options))} on the attempt`
      : ""
    const distance = isOwn(lesson, told) ? `${vocabularyName(options)} forward KL` : "cross-entropy"
    return `${distance} on the corrected call${beside}`
  }
  const attempt = full
    ? `${vocabularyName(options)} ${divergenceName(lessonDivergence(lesson, options))}`
    : lesson.kind === "retry"
    ? "cross-entropy on the approved call"
    : `sampled-token reverse KL, ratio in [${options.ratioMin}, ${options.ratioMax}]`
  if (!teaches(lesson, options)) return attempt
  const distils = full && options.editTeachesCall === "distill"
  const edited = `${distils ? "forward KL" : "cross-entropy"} on the edited call`
  if (!full || options.learnOn !== "call") return `${attempt} + ${edited}`
  return distils ? `${vocabularyName(options)} ${edited}` : edited
}

/** SDPO's view of one lesson, with the best estimator that the backend and the options allow. */
export const sdpoObjective = Effect.fnUntraced(function*(
  backend: Backend,
  lesson: Lesson,
  asked: SdpoOptions
): Effect.fn.Return<LessonObjective | NoSignal, BackendError> {
  const { distillTopK = 0, fullDistribution, shadows } = backend.info.capabilities
  const unsupported = (message: string) => Effect.fail(new BackendError({ reason: "Unsupported", message }))
  if (
    asked.estimator === "full" && !fullDistribution || asked.estimator === "topk" && !(fullDistribution || distillTopK)
  ) {
    return yield* unsupported(`The backend ${backend.info.backend} has no full distributions. Set estimator=auto.`)
  }
  const full = asked.estimator !== "sampled" && (fullDistribution || distillTopK > 0)
  const options: SdpoOptions = full && !fullDistribution
    ? { ...asked, estimator: "topk", topK: Math.min(asked.topK, distillTopK) }
    : asked
  if (!full && options.divergence !== "reverse_kl" && options.estimator === "sampled") {
    return yield* unsupported("Sampled tokens estimate reverse KL only. Set divergence=reverse_kl or estimator=full.")
  }
  if (options.teacher === "ema" && !shadows) {
    return yield* unsupported(`The backend ${backend.info.backend} keeps no moving average. Set teacher=base.`)
  }
  const teacher = teacherOf(lesson, options)
  const told = options.toldTurn === "held" && lesson.kind === "denial" && lesson.tools !== undefined
    ? yield* toldTurn(backend, lesson, teacher, lesson.tools, options.seed)
    : undefined
  if (told !== undefined && "noSignal" in told) return told
  const learnsCall = full && told !== undefined && options.learnOn !== "attempt" ? told : undefined
  return {
    name: "sdpo",
    estimator: estimatorName(lesson, options, full, learnsCall),
    gateScale: full && learnsCall === undefined ? gateScale(lessonDivergence(lesson, options)) : 1,
    teacher,
    ...(told === undefined ? {} : { taught: told }),
    loss: (subject) =>
      learnsCall !== undefined
        ? toldNow(backend, lesson, learnsCall, options)
        : full
        ? Effect.sync(() => fullLoss(backend, lesson, subject, options))
        : sampledLoss(backend, lesson, subject, options),
    afterUpdate: options.teacher === "ema" ? backend.blendShadow(EMA_TEACHER, options.emaRate) : Effect.void
  }
})
