import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { InnerStep, LearnOutcome } from "../../core/domain/Step.ts"
import {
  BackendError,
  currentWeights,
  type LoraBackend,
  type LossItem,
  type LossReport
} from "../../core/LoraBackend.ts"
import type { KeptTurn, TrainerError } from "../../core/Trainer.ts"
import { sum, tokenMean } from "../math/TokenMean.ts"
import { checkFirstRatio, checkLesson, checkReport, RATIO_TOLERANCE } from "./CheckLesson.ts"
import { asTrainerError, restoreFailed } from "./Failure.ts"
import { type Aim, nothingToLearn, reachesGoal } from "./Goal.ts"
import { branchingToken } from "./Branching.ts"
import { correctedEvidence, scoreWanted, wantedLogProb, wantedTurn } from "./Corrected.ts"
import { sameTurn } from "../../core/evidence/SameTurn.ts"
import { type GreedyTurn, greedyTurn, isSure, type Likelihoods } from "./GreedyTurn.ts"
import type { LessonLimits, LessonLoss, LessonObjective, NoSignal, Subject } from "./Objective.ts"
import { policyMovement } from "./PolicyMovement.ts"
import { keptBeside, rehearsal, weakened } from "./Rehearsal.ts"
import { makeStopwatch } from "./Stopwatch.ts"
import { together } from "./Together.ts"

type Backend = LoraBackend["Service"]

/** The lesson and everything that decides how it is learned. */
export interface LessonTask {
  readonly lesson: Lesson
  /** Found when the lesson is checked: finding it may ask the teacher. */
  readonly objective: Effect.Effect<LessonObjective | NoSignal, BackendError>
  readonly limits: LessonLimits
  /** Whether an edit's own call is taught, so that reaching it is the goal. */
  readonly teachesCall: boolean
  readonly progress: (inner: InnerStep) => Effect.Effect<void>
  /** Turns to go on making, newest first. */
  readonly kept: ReadonlyArray<KeptTurn>
}

const lengths = (items: ReadonlyArray<LossItem>) => items.map((item) => item.completionIds.length)

const baseKlOf = (report: LossReport) => tokenMean(report.items[0]!.baseKls)

/** What one loss came to. */
interface Pass {
  readonly loss: number
  readonly divergence: number
  readonly baseKl: number
  readonly tokens: number
  readonly details?: Readonly<Record<string, number>>
}

/** Loss and gradient at the current weights; the numbers are checked, the gradient waits in the backend. */
const forward = Effect.fnUntraced(function*(
  backend: Backend,
  objective: LessonObjective,
  subject: Subject,
  rehearsed: ReadonlyArray<LossItem> = []
) {
  const found = yield* objective.loss(subject)
  if ("noSignal" in found && rehearsed.length === 0) return found
  const loss: LessonLoss = "noSignal" in found ? { items: [], divergence: () => found.divergence } : found
  const items = [...loss.items, ...rehearsed]
  const report = yield* backend.forwardBackward(items)
  yield* checkReport(report, lengths(items))
  const pass: Pass = {
    loss: loss.value?.(report) ?? report.loss,
    divergence: loss.divergence(report),
    baseKl: baseKlOf(report),
    tokens: sum(lengths(items)),
    ...(loss.details === undefined ? {} : { details: loss.details(report) })
  }
  return pass
})

/** Only there to have the exact KL to the base reported on the attempt's tokens. */
const baseKlOnAttempt = ({ attempt }: Lesson): LossItem => ({
  _tag: "PolicyGradient",
  promptIds: attempt.promptIds,
  completionIds: attempt.ids,
  advantages: attempt.ids.map(() => 0),
  baseKl: 1
})

/** Divergence and exact KL to the base on the attempt after the last update, without gradient. */
const judge = Effect.fnUntraced(function*(
  backend: Backend,
  objective: LessonObjective,
  subject: Subject,
  lesson: Lesson
) {
  const evaluated = Effect.fnUntraced(function*(items: ReadonlyArray<LossItem>) {
    const report = yield* backend.evaluate(items)
    yield* checkReport(report, lengths(items))
    return report
  })
  const probe = baseKlOnAttempt(lesson)
  const distance = yield* objective.distance ?? Effect.undefined
  if (distance !== undefined) return { divergence: distance, baseKl: baseKlOf(yield* evaluated([probe])) }
  const loss = yield* objective.loss(subject)
  if ("noSignal" in loss) return { divergence: loss.divergence, baseKl: baseKlOf(yield* evaluated([probe])) }
  const report = yield* evaluated([...loss.items, probe])
  return { divergence: loss.divergence(report), baseKl: tokenMean(report.items.at(-1)!.baseKls) }
})

const learn = Effect.fnUntraced(function*(backend: Backend, task: LessonTask) {
  const { lesson, limits, progress, teachesCall } = task
  yield* checkLesson(lesson, backend.info)
  const startedAt = yield* Clock.currentTimeMillis
  const { stages, time } = makeStopwatch()
  const objective = yield* task.objective.pipe(time("teacher"))
  if ("noSignal" in objective) {
    return { _tag: "Skipped", reason: objective.noSignal, divergence: objective.divergence } satisfies LearnOutcome
  }
  const revision = yield* backend.revision
  const student = { promptIds: lesson.attempt.promptIds, weights: currentWeights }
  const unprompted = (guess?: GreedyTurn) => greedyTurn(backend, student, lesson.attempt, limits.seed, guess)
  const asked = objective.taught !== undefined || objective.teacher === undefined || lesson.kind === "retry"
    ? Effect.succeed(objective.taught)
    : greedyTurn(backend, objective.teacher, lesson.attempt, limits.seed).pipe(time("teacher"))
  const attempted: Subject = lesson.kind === "retry"
    ? { ids: lesson.attempt.ids }
    : { ids: lesson.attempt.ids, oldLogProbs: lesson.attempt.logProbs }
  const [before, taught, first] = yield* Effect.all([
    unprompted().pipe(time("student")),
    asked,
    forward(backend, objective, attempted).pipe(time("backward"))
  ], together(backend))
  const kept = keptBeside(
    backend,
    task.kept,
    { call: lesson.call, promptIds: lesson.attempt.promptIds },
    limits.rehearse
  )
  const aim: Aim = { lesson, teachesCall, until: limits.until, taught: taught?.text }

  const model: Likelihoods | undefined = lesson.kind === "retry" ? lesson.attempt : taught
  const divergenceBefore = first.divergence
  const skip = (reason: string) =>
    backend.discard.pipe(
      Effect.as({ _tag: "Skipped", reason, divergence: divergenceBefore } satisfies LearnOutcome)
    )
  const reason = nothingToLearn(aim, before.text, divergenceBefore, limits.gate * objective.gateScale)
  if (reason !== undefined) return yield* skip(reason)
  if ("noSignal" in first) return yield* skip(first.noSignal)
  let pass = first

  let estimator = objective.estimator
  if (lesson.kind !== "retry" && lesson.adapterRevision === revision) {
    const gap = yield* checkFirstRatio(lesson, before.attemptLogProbs)
    if (gap > RATIO_TOLERANCE) {
      estimator += `; the sampler's log-probabilities differ from the trainer's by up to ${gap.toPrecision(2)} nats`
      yield* Effect.logWarning(`first-step log ratio ${gap.toPrecision(2)} exceeds ${RATIO_TOLERANCE}`)
    }
  }

  const wanted = wantedTurn(backend, lesson, taught)
  const wantedNow = (now: GreedyTurn) =>
    wanted === undefined
      ? Effect.undefined
      : wantedLogProb(backend, lesson, wanted, now).pipe(time("evidence"))
  // Asked of the weights as they are; where operations overlap, the answer comes while the update is under way.
  const overlaps = backend.info.capabilities.overlaps === true
  const known = overlaps
    ? Fiber.join(yield* Effect.forkChild(wantedNow(before), { startImmediately: true }))
    : Effect.succeed(yield* wantedNow(before))

  const saved = yield* backend.snapshot.pipe(time("update"))
  const learned = Effect.gen(function*() {
    const inner: Array<InnerStep> = []
    let weak: ReadonlyArray<KeptTurn> = []
    let greedy = before
    while (true) {
      const update = yield* backend.update(limits.optimizer).pipe(
        Effect.tap(() => objective.afterUpdate),
        time("update")
      )
      const step: InnerStep = {
        index: inner.length,
        loss: pass.loss,
        divergence: pass.divergence,
        baseKl: pass.baseKl,
        gradientNorm: update.gradientNorm,
        updateNorm: update.updateNorm,
        ...(pass.details === undefined ? {} : { details: pass.details })
      }
      inner.push(step)
      yield* progress(step)
      // What is asked for after the greedy turn is asked for along with it: the backend then has the answers.
      const [after] = yield* Effect.all([
        unprompted(greedy).pipe(time("greedy")),
        overlaps ? Effect.ignore(judge(backend, objective, attempted, lesson)) : Effect.void,
        overlaps && wanted !== undefined ? Effect.ignore(scoreWanted(backend, lesson, wanted)) : Effect.void,
        overlaps && inner.length >= limits.innerSteps ? Effect.ignore(backend.snapshot) : Effect.void
      ], together(backend))
      greedy = after
      const movement = policyMovement(before.attemptLogProbs, after.attemptLogProbs)
      const ended = inner.length >= limits.innerSteps
        || reachesGoal(aim, after.text) && (limits.until === "changed" || isSure(after, model, limits.confidence))
        || movement >= limits.divergenceBudget
      if (ended && inner.length < limits.innerSteps + limits.rehearsalSteps) {
        // What is rehearsed already is looked at first; only when that holds, everything is.
        weak = yield* weakened(backend, weak).pipe(time("rehearsal"))
        if (weak.length === 0) weak = yield* weakened(backend, kept).pipe(time("rehearsal"))
      } else if (ended) weak = []
      if (!ended || weak.length > 0) {
        const left = limits.onPolicy && lesson.kind !== "retry" && !sameTurn(after.text, lesson.attempt.text)
        const subject = left ? { ids: after.ids } : attempted
        const next = yield* forward(backend, objective, subject, weak.map(rehearsal)).pipe(time("backward"))
        if (!("noSignal" in next)) {
          pass = next
          continue
        }
      }
      const end = yield* judge(backend, objective, attempted, lesson).pipe(time("evidence"))
      const wantedAfter = yield* wantedNow(after)
      const wantedBefore = yield* known
      const at = yield* Clock.currentTimeMillis
      return {
        _tag: "Stepped",
        step: {
          id: `${lesson.id}/${update.revision}`,
          lessonId: lesson.id,
          objective: objective.name,
          estimator,
          revision: update.revision,
          inner,
          tokens: pass.tokens,
          seconds: (at - startedAt) / 1000,
          stages: stages(),
          evidence: {
            attemptLogProbBefore: sum(before.attemptLogProbs),
            attemptLogProbAfter: sum(after.attemptLogProbs),
            divergenceBefore,
            divergenceAfter: end.divergence,
            baseKl: end.baseKl,
            greedyBefore: before.text,
            greedyAfter: after.text,
            greedyChanged: !sameTurn(before.text, after.text),
            movement,
            ...(taught === undefined ? {} : { taught: taught.text }),
            ...correctedEvidence(lesson, wanted, after, wantedBefore, wantedAfter),
            branch: branchingToken(backend.tokenizer, lesson.attempt, before, after, lesson.kind === "retry")
          },
          at
        }
      } satisfies LearnOutcome
    }
  })
  return yield* learned.pipe(
    Effect.onExit((exit) =>
      Exit.isSuccess(exit) ? Effect.void : backend.restore(saved).pipe(Effect.mapError(restoreFailed))
    )
  )
})

/**
 * Learns one lesson under an objective: score, gate, then update until the correction-free greedy turn is what the
 * lesson is after, the divergence budget is spent or `innerSteps` updates are made. Whole or not at all: on failure,
 * on numbers that are not finite and on interruption adapter, optimiser and shadows are those before the lesson; a
 * lesson without signal changes nothing either, optimiser moments included.
 */
export const learnLesson = (backend: Backend, task: LessonTask): Effect.Effect<LearnOutcome, TrainerError> =>
  learn(backend, task).pipe(
    Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : backend.discard),
    Effect.mapError((error) => error instanceof BackendError ? asTrainerError(error) : error),
    Effect.withSpan("learnLesson", { attributes: { lesson: task.lesson.id } })
  )
