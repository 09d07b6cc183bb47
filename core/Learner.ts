import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Lesson } from "./domain/Lesson.ts"
import type { InnerStep, LearnOutcome, LearnStage } from "./domain/Step.ts"
import type { ServiceUsage } from "./domain/Usage.ts"
import { makeUsageTally } from "./evidence/UsageTally.ts"
import type { AdapterOrigin, FeedbackStoreError } from "./FeedbackStore.ts"
import { FeedbackStore } from "./FeedbackStore.ts"
import type { GuardLimits } from "./guard/Guard.ts"
import { approvedTurnsFor, chooseKept, keptTurn } from "./guard/KeptTurns.ts"
import { type Lookout, makeStepGuard, type Watched } from "./guard/StepGuard.ts"
import { allOrNothing, type Before } from "./learning/AllOrNothing.ts"
import { asTrainerError, notLearned } from "./learning/Failure.ts"
import { type Taken, takeStep } from "./learning/TakeStep.ts"
import type { BackendInfo } from "./LoraBackend.ts"
import { trainedWith } from "./lessons/TrainedWith.ts"
import { LoraBackend } from "./LoraBackend.ts"
import { Trainer, TrainerError } from "./Trainer.ts"

export interface Learned {
  readonly outcome: LearnOutcome
  /** Something the human should know that did not stop the step, e.g. a failed export. */
  readonly notice?: string
}

export interface LearnHooks extends Watched {
  /** Called after each inner step. */
  readonly progress: (inner: InnerStep) => Effect.Effect<void>
  /** Called before each wait of a lesson that takes long. */
  readonly staged?: (stage: LearnStage) => Effect.Effect<void>
  /** Called once the lesson is committed; can't be interrupted, so what was learned is always told. */
  readonly finished: (learned: Learned) => Effect.Effect<void>
}

/**
 * The learning side of a session as the loop sees it: the adapter and the ledger move together. Either a lesson, its outcome
 * and the adapter after it are all committed, or none of them is. A step that breaks a limit of the guard is rolled back to
 * the byte, and that is its outcome.
 */
export class Learner extends Context.Service<Learner, {
  /** Where the numbers run, for the screen. */
  readonly backend: string
  readonly objective: string
  /** Whether corrections teach at the start of a session. False: verdicts only join the conversation. */
  readonly training: boolean
  /** Whether they could. */
  readonly trainable: boolean
  readonly teacherSeesAttempt: boolean
  readonly learnsFromRetry: boolean
  readonly modelIdentity: string
  readonly revision: Effect.Effect<number>
  /** Text of token ids, special tokens left out. */
  readonly decode: (ids: ReadonlyArray<number>) => string
  /** What this session has asked of a service; the ledger has it all then. Undefined where nothing leaves the machine. */
  readonly usage: Effect.Effect<ServiceUsage | undefined, FeedbackStoreError>
  /** Loads the newest adapter of this model and shape. Succeeds with what the human should know, if anything. */
  readonly resume: Effect.Effect<string | undefined>
  /**
   * Why the ledger's adapter is not the one in memory, and what can be done; undefined when it is. Until it is there again,
   * the bare model answers, and nothing is learned or exported.
   */
  readonly missing: Effect.Effect<string | undefined>
  /**
   * Does what a lesson would wait for, while the human reads; absent where there is nothing of the kind. Interrupted, it has kept what
   * it did.
   */
  readonly ahead?: (watched: Watched) => Effect.Effect<void>
  /** To be told once the adapter in memory is the ledger's again. */
  readonly found: Effect.Effect<void>
  /**
   * Learns and commits one lesson. On failure and interruption adapter, optimiser and ledger are as before. Fails while the
   * adapter is missing.
   */
  readonly learn: (lesson: Lesson, hooks: LearnHooks) => Effect.Effect<void, TrainerError | FeedbackStoreError>
}>()("continualcode/Learner") {
  static readonly layer = (
    options: LearnerOptions
  ): Layer.Layer<Learner, never, Trainer | LoraBackend | FeedbackStore> => Layer.effect(Learner, makeLearner(options))

  /** For models that nothing here can train: verdicts steer the conversation only. */
  static readonly none: Layer.Layer<Learner> = Layer.sync(Learner, () => untrained())
}

/** The shape of an adapter in words. Adapters of different shapes live side by side in one ledger. */
export const adapterShape = (info: BackendInfo): string =>
  `rank ${info.lora.rank}, alpha ${info.lora.alpha}, on ${info.lora.targets.join(" ")}`
  + (info.lora.scope === "turn" ? ", active on the turn" : "")

interface LearnerOptions {
  readonly training: boolean
  /** Export a PEFT copy every so many steps; 0 never does. */
  readonly saveEvery: number
  /** Folder for those copies, absolute. */
  readonly exportsDirectory: string
  /** What a fresh adapter is drawn from. Default 0. */
  readonly seed?: number
  /** Limits of each step; absent: none, and no approved calls are looked at. */
  readonly guard?: GuardLimits
}

const UNTIL_THEN =
  "Until that is mended, the bare model answers and nothing is learned, so that ledger and adapter agree."

const noLimits: GuardLimits = { canaries: 0, canaryKl: 0, validity: 0, stepNorm: 0 }

const makeLearner = Effect.fnUntraced(function*(options: LearnerOptions) {
  const trainer = yield* Trainer
  const backend = yield* LoraBackend
  const store = yield* FeedbackStore
  const { info } = backend
  const guard = makeStepGuard(backend, store, options.guard ?? noLimits)
  const adapter = { modelIdentity: info.modelIdentity, shape: adapterShape(info) }
  const usage = makeUsageTally(backend, store)
  yield* Effect.addFinalizer(() => Effect.ignore(usage))
  const learnedWith = trainedWith(trainer, info)
  let missing: string | undefined
  let origin: AdapterOrigin = { _tag: "Fresh", seed: options.seed ?? 0 }

  /** The adapter of a ledger without steps: drawn from the seed the ledger knows, or from the setting. */
  const beginFresh = Effect.gen(function*() {
    origin = Option.getOrElse(yield* store.origin(adapter), () => origin)
    if (origin._tag === "Fresh") yield* backend.reset(origin.seed)
  })

  /** Makes the adapter of the ledger the one in memory. Fails with why that cannot be done. Gives whether there was one. */
  const load = Effect.gen(function*() {
    const stored = yield* store.latestSnapshot(info.modelIdentity, adapter.shape)
    if (Option.isSome(stored)) {
      yield* backend.restore(stored.value.bytes).pipe(Effect.mapError(({ message }) => ({
        message: `The saved adapter (revision ${stored.value.revision}) could not be loaded: ${message} `
          + "Start again; if it stays so, build it anew from its lessons: continualcode lessons replay."
      })))
      return true
    }
    yield* beginFresh.pipe(
      Effect.catchTag(
        "BackendError",
        ({ message }) => Effect.fail({ message: `A fresh adapter could not be made: ${message} Start again.` })
      )
    )
    return false
  })

  const resume = Effect.gen(function*() {
    const loaded = yield* Effect.result(load)
    if (Result.isFailure(loaded)) {
      missing = `${loaded.failure.message} ${UNTIL_THEN}`
      return missing
    }
    if (loaded.success) return undefined
    const other = yield* store.latestSnapshot(info.modelIdentity).pipe(Effect.orElseSucceed(Option.none))
    return Option.match(other, {
      onNone: () => undefined,
      onSome: (snapshot) =>
        `The saved adapter has ${snapshot.shape}; this session asks for ${adapter.shape}, so it starts with a fresh one. `
        + "The saved one stays in the ledger: start with its lora_rank and lora_alpha to use it."
    })
  }).pipe(Effect.withSpan("Learner.resume"))

  const exportIfDue = Effect.fnUntraced(function*() {
    if (options.saveEvery === 0) return undefined
    const revision = yield* backend.revision
    const { steps } = yield* store.metrics(revision)
    if (steps % options.saveEvery !== 0) return undefined
    const directory = `${options.exportsDirectory}/step-${String(steps).padStart(6, "0")}`
    yield* backend.exportPeft(directory)
    yield* store.record({ _tag: "Exported", form: "peft", target: directory, lessons: steps, revision })
    return `Adapter exported to ${directory} (step ${steps}, PEFT layout).`
  })

  /** Chosen from lessons without their tokens; only the chosen ones are read whole. */
  const keptBefore = Effect.fnUntraced(function*(lesson: Lesson) {
    const { rehearses = 0 } = trainer
    if (rehearses === 0) return []
    const { modelIdentity } = info
    const turns = yield* store.approvedTurns({ modelIdentity, limit: approvedTurnsFor(rehearses) })
    return yield* Effect.forEach(
      chooseKept(modelIdentity, lesson, turns, yield* store.learned, rehearses),
      (one) =>
        one._tag === "Approved"
          ? Effect.succeed(one.turn)
          : Effect.map(
            store.lesson(one.lesson.id),
            (whole) => keptTurn(backend.tokenizer, { ...one, lesson: whole })
          )
    )
  })

  /** What the guard says to a step; one it refuses is taken back at once. */
  const judged = Effect.fnUntraced(function*(
    lesson: Lesson,
    lookout: Lookout,
    hooks: LearnHooks,
    { putBack }: Before,
    outcome: LearnOutcome
  ) {
    if (outcome._tag !== "Stepped") return outcome
    const { inner, seconds } = outcome.step
    yield* hooks.staged?.({ stage: "canaries", seconds, updates: inner.length }) ?? Effect.void
    const verdict = yield* guard.judge(lesson, outcome.step, lookout, hooks).pipe(
      Effect.mapError(notLearned("The step could not be checked, so it was undone"))
    )
    if (verdict._tag === "RolledBack") yield* putBack
    return verdict
  })

  const step = Effect.fnUntraced(function*(lesson: Lesson, hooks: LearnHooks, before: Before) {
    yield* hooks.staged?.({ stage: "canaries", seconds: 0, updates: 0 }) ?? Effect.void
    const lookout = yield* guard.look(lesson, before.bytes, hooks)
    const kept = yield* keptBefore(lesson)
    const learning = { trainer, kept, progress: hooks.progress, staged: hooks.staged }
    return yield* takeStep(
      backend,
      adapter,
      lesson,
      learning,
      (outcome) => judged(lesson, lookout, hooks, before, outcome)
    )
  })

  const commit = Effect.fnUntraced(function*(lesson: Lesson, { outcome, snapshot }: Taken) {
    const entry = { lesson, outcome, shape: adapter.shape, trainedWith: learnedWith }
    yield* store.commitLesson(snapshot === undefined ? entry : { ...entry, snapshot, origin })
    if (snapshot !== undefined) guard.kept(snapshot.bytes)
    yield* Effect.ignore(usage)
  })

  const learn = Effect.fn("Learner.learn")(function*(lesson: Lesson, hooks: LearnHooks) {
    if (missing !== undefined) return yield* new TrainerError({ reason: "Adapter", message: missing })
    yield* allOrNothing(
      backend,
      (before, interruptible) =>
        Effect.tap(interruptible(step(lesson, hooks, before)), (taken) => commit(lesson, taken)),
      Effect.fnUntraced(function*({ outcome, snapshot }) {
        const notice = snapshot === undefined ? undefined : yield* exportIfDue().pipe(
          Effect.catch((error) => Effect.succeed(`The adapter could not be exported: ${error.message}`))
        )
        yield* hooks.finished(notice === undefined ? { outcome } : { outcome, notice })
      })
    ).pipe(Effect.mapError(asTrainerError))
  })

  return Learner.of({
    backend: info.backend,
    objective: trainer.objective,
    training: options.training && info.capabilities.training,
    trainable: info.capabilities.training,
    teacherSeesAttempt: trainer.teacherSeesAttempt,
    learnsFromRetry: trainer.learnsFromRetry,
    modelIdentity: info.modelIdentity,
    revision: backend.revision,
    decode: backend.tokenizer.decode,
    usage,
    resume,
    ahead: guard.ahead,
    missing: Effect.sync(() => missing),
    found: Effect.sync(() => {
      missing = undefined
    }),
    learn
  })
})

const untrained = (): Learner["Service"] =>
  Learner.of({
    backend: "none",
    objective: "none",
    training: false,
    trainable: false,
    teacherSeesAttempt: false,
    learnsFromRetry: false,
    modelIdentity: "none",
    revision: Effect.succeed(0),
    decode: () => "",
    usage: Effect.undefined,
    resume: Effect.undefined,
    missing: Effect.undefined,
    found: Effect.void,
    learn: () =>
      Effect.fail(
        new TrainerError({ reason: "Untrainable", message: "This model cannot be trained. Choose a trainer." })
      )
  })
