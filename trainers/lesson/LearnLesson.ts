import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { InnerStep, LearnOutcome, LearnStage } from "../../core/domain/Step.ts"
import { asTrainerError } from "../../core/learning/Failure.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import type { KeptTurn, TrainerError } from "../../core/Trainer.ts"
import { readTurn } from "../../core/Turn.ts"
import { checkLesson } from "./CheckLesson.ts"
import { climb } from "./Climb.ts"
import { scoreWanted, wantedLogProb, wantedTurn } from "./Corrected.ts"
import { askedAhead, askNow } from "./Distant.ts"
import { evidenceOf } from "./Evidence.ts"
import { estimatorOf, measure } from "./Measure.ts"
import type { LessonLimits, LessonObjective, NoSignal } from "./Objective.ts"
import { keptBeside } from "./Rehearsal.ts"
import { stageTeller } from "./StageTeller.ts"
import { makeStopwatch } from "./Stopwatch.ts"
import { standing, type Study } from "./Study.ts"

/** The lesson and everything that decides how it is learned. */
interface LessonTask {
  readonly lesson: Lesson
  /** Found when the lesson is checked: finding it may ask the teacher. */
  readonly objective: Effect.Effect<LessonObjective | NoSignal, BackendError>
  readonly limits: LessonLimits
  /** Whether an edit's own call is taught, so that reaching it is the goal. */
  readonly teachesCall: boolean
  readonly progress: (inner: InnerStep) => Effect.Effect<void>
  /** Told what is waited for next. */
  readonly staged?: ((stage: LearnStage) => Effect.Effect<void>) | undefined
  /** Turns to go on making, newest first. */
  readonly kept: ReadonlyArray<KeptTurn>
}

const skipped = ({ divergence, noSignal }: NoSignal): LearnOutcome => ({
  _tag: "Skipped",
  reason: noSignal,
  divergence
})

const stepOf = Effect.fnUntraced(function*(backend: LoraBackend["Service"], task: LessonTask) {
  const { lesson, limits, teachesCall } = task
  yield* checkLesson(lesson, backend.info)
  const startedAt = yield* Clock.currentTimeMillis
  let updates = 0
  const tell = stageTeller(startedAt, limits.innerSteps, task.staged)
  const { stages, time } = makeStopwatch((stage, before) => tell(stage, before, updates))
  const objective = yield* task.objective.pipe(time("teacher"))
  if ("noSignal" in objective) return skipped(objective)
  const attempt = readTurn(lesson.attempt)
  const study: Study = { backend, lesson, attempt, objective, limits, teachesCall, time }

  const start = yield* measure(study)
  if ("noSignal" in start) return skipped(start)
  const estimator = yield* estimatorOf(study, start)
  const wanted = wantedTurn(study, start.taught)
  const wantedBefore = wanted === undefined
    ? Effect.undefined
    : yield* askNow(backend, wantedLogProb(study, wanted, start.greedy).pipe(time("evidence")))

  const kept = keptBeside(
    backend,
    task.kept,
    { call: lesson.call, promptIds: lesson.attempt.promptIds },
    limits.rehearse
  )
  const ahead = askedAhead(backend, (updates) => [
    standing(study).pipe(Effect.catchTag("TrainerError", () => Effect.void)),
    ...(wanted === undefined ? [] : [scoreWanted(backend, lesson, wanted)]),
    ...(updates >= limits.innerSteps ? [backend.snapshot] : [])
  ])
  const end = yield* climb({ ...study, backend: ahead }, start, wanted, kept, (inner) => {
    updates = inner.index + 1
    return task.progress(inner)
  })

  const evidence = yield* evidenceOf(study, start, end, wanted, wantedBefore)
  const at = yield* Clock.currentTimeMillis
  const { inner, revision, tokens } = end
  return {
    _tag: "Stepped",
    step: {
      id: `${lesson.id}/${revision}`,
      lessonId: lesson.id,
      objective: objective.name,
      estimator,
      revision,
      inner,
      tokens,
      seconds: (at - startedAt) / 1000,
      stages: stages(),
      evidence,
      at
    }
  } satisfies LearnOutcome
})

/**
 * Learns one lesson under an objective (SDPO, arXiv 2601.20802, algorithm 1, on a single correction): measure student and
 * teacher on the attempt, update until the student does untold what the teacher does told, and say what that changed. A lesson
 * without signal changes nothing, optimiser moments included. When this fails or is interrupted the weights may have moved: the
 * caller has those from before.
 */
export const learnLesson = (
  backend: LoraBackend["Service"],
  task: LessonTask
): Effect.Effect<LearnOutcome, TrainerError> =>
  stepOf(backend, task).pipe(
    Effect.ensuring(backend.discard),
    Effect.mapError(asTrainerError),
    Effect.withSpan("learnLesson", { attributes: { lesson: task.lesson.id } })
  )
