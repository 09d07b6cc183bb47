import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { BackendError } from "../../../core/LoraBackend.ts"
import type {
  OptimizerParams,
  SamplingClient,
  TinkerClientShape,
  TinkerError,
  TrainingClient,
  TrainingOutput
} from "../../tinker-sdk/index.ts"
import { asBackendError } from "../Failure.ts"
import type { Batch } from "../loss/Batches.ts"
import type { Voice } from "../Scoring.ts"
import type { Watch } from "../Watch.ts"
import { expired, type Origin } from "./Snapshot.ts"

/** One update as the service is asked for it. */
interface Step {
  readonly batches: ReadonlyArray<Batch>
  readonly params: OptimizerParams
}

/** Exactly which weights are meant: an origin, and the updates made since. Any model of the service can be brought there. */
interface Place {
  readonly origin: Origin
  readonly since: ReadonlyArray<Step>
  readonly revision: number
  /** No two places of a session share it. */
  readonly version: number
}

export interface AdapterParts {
  readonly client: TinkerClientShape
  readonly watch: Watch
  readonly create: (seed: number) => Effect.Effect<TrainingClient, TinkerError>
  readonly base: Voice
  readonly seed: number
  /** The model that is there already, with a fresh adapter of that seed. */
  readonly first: TrainingClient | undefined
  /** Seconds that the state after a step is kept; undefined for good. */
  readonly ttlSeconds: number | undefined
  /** Every so many saved states are kept for good; 0 none. */
  readonly keepEvery: number
}

/** The remote adapter. Its operations wait for each other; each happens whole or leaves the weights as they were. */
export interface Adapter {
  readonly revision: Effect.Effect<number>
  /** The current weights to ask, and their version. */
  readonly voice: Effect.Effect<{ readonly voice: Voice; readonly version: number }, BackendError>
  /** Keeps gradients for the next update. False, and nothing is kept, when the weights are no longer those of `version`. */
  readonly gather: (version: number, batches: ReadonlyArray<Batch>) => Effect.Effect<boolean>
  readonly discard: Effect.Effect<void>
  /** One optimiser step along what was gathered. The requests are on their way together, a new sampler's too. */
  readonly update: (
    params: OptimizerParams,
    check: (outputs: ReadonlyArray<TrainingOutput>) => Effect.Effect<void, BackendError>
  ) => Effect.Effect<number, BackendError>
  /** Has the service save weights and optimiser, unless they are saved already. */
  readonly save: Effect.Effect<{ readonly origin: Origin; readonly revision: number }, BackendError>
  readonly restore: (origin: Origin, revision: number) => Effect.Effect<void, BackendError>
  /** The service's name of the weights alone, saved for a day, e.g. to download them. */
  readonly saveForExport: Effect.Effect<string, BackendError>
}

const DAY = 86_400

const sameOrigin = (a: Origin, b: Origin): boolean =>
  a._tag === "Fresh" ? b._tag === "Fresh" && a.seed === b.seed : b._tag === "Saved" && a.path === b.path

const numbered = (prefix: string, number: number): string => `${prefix}-${String(number).padStart(6, "0")}`

export const makeAdapter = Effect.fnUntraced(function*(
  parts: AdapterParts
): Effect.fn.Return<Adapter, never, Scope.Scope> {
  const { base, client, create, keepEvery, ttlSeconds, watch } = parts
  const scope = yield* Scope.Scope
  const turn = Semaphore.makeUnsafe(1)
  const inTurn = turn.withPermits(1)
  let place: Place = { origin: { _tag: "Fresh", seed: parts.seed }, since: [], revision: 0, version: 0 }
  let versions = 0
  /** A model of the service at `place`; undefined when there is none, or its weights are in doubt. */
  let live = parts.first
  let sampler: Deferred.Deferred<SamplingClient, TinkerError> | undefined
  let gathered: ReadonlyArray<Batch> = []
  let saves = 0
  let exports = 0

  const inBackground = (effect: Effect.Effect<unknown, unknown>) =>
    Effect.asVoid(Effect.forkIn(Effect.ignore(effect), scope, { startImmediately: true }))

  const free = (model: TrainingClient) => inBackground(model.unload({ deadline: "1 minute" }))

  /** Lets the service free the model that is no longer used. Samplers of its weights stay with the session. */
  const abandon = Effect.suspend(() => {
    const old = live
    live = undefined
    return old === undefined ? Effect.void : free(old)
  })

  const moveTo = (next: Omit<Place, "version">) => {
    place = { ...next, version: ++versions }
    gathered = []
    sampler = undefined
  }

  const submit = Effect.fnUntraced(function*(model: TrainingClient, { batches, params }: Step) {
    const passes = yield* Effect.forEach(batches, (batch) => {
      watch.count({ trained: batch.tokens })
      return model.submit.forwardBackward(batch.data, batch.loss)
    })
    return { passes, step: yield* model.submit.optimStep(params) }
  })

  const results = ({ passes, step }: Effect.Success<ReturnType<typeof submit>>) =>
    Effect.all([
      Effect.forEach(passes, (pass) => watch.timed("forward_backward", pass.result), { concurrency: "unbounded" }),
      watch.timed("optim_step", step.result)
    ], { concurrency: "unbounded" })

  const open = (origin: Origin) =>
    origin._tag === "Fresh"
      ? watch.timed("create_model", create(origin.seed))
      : watch.timed("load_weights", client.resumeTraining(origin.path, { optimizer: true }))

  /** A model at `place`: the one there is, or a new one, brought there by the updates since its origin. */
  const atPlace = Effect.gen(function*() {
    if (live !== undefined) return live
    const model = yield* open(place.origin)
    yield* Effect.forEach(place.since, (step) => Effect.flatMap(submit(model, step), results), { discard: true }).pipe(
      Effect.onError(() => free(model))
    )
    live = model
    return model
  })

  /**
   * Something that leaves the weights as they are. When it fails, the model may be in doubt, gone or waiting for a number that
   * was refused, so the next operation brings another one to `place`; when it was in doubt before, that is done at once.
   */
  const onModel = <A>(use: (model: TrainingClient) => Effect.Effect<A, TinkerError>): Effect.Effect<A, TinkerError> => {
    const once = Effect.flatMap(atPlace, use).pipe(
      Effect.tapError((error) => error._tag === "TinkerInputError" ? Effect.void : abandon)
    )
    return Effect.catchTag(once, "TinkerModelInDoubt", () => once)
  }

  /** A sampler of the current weights; it stays with the service as long as the session. */
  const refreshed = Effect.fnUntraced(function*(model: TrainingClient) {
    const ready = Deferred.makeUnsafe<SamplingClient, TinkerError>()
    const pending = yield* model.submit.sampler()
    yield* Effect.forkIn(Deferred.into(watch.timed("refresh_sampler", pending.result), ready), scope, {
      startImmediately: true
    })
    return ready
  })

  const isBase = () => place.origin._tag === "Fresh" && place.since.length === 0

  const voice = inTurn(Effect.gen(function*() {
    const { version } = place
    if (isBase()) return { voice: base, version }
    const ask = Effect.fnUntraced(function*(model: TrainingClient) {
      const ready = sampler ?? (yield* refreshed(model))
      sampler = ready
      return yield* Effect.tapError(Deferred.await(ready), () =>
        Effect.sync(() => {
          sampler = undefined
        }))
    })
    // A sampler that is there needs no model; one that is known to have failed is asked for anew.
    let found: SamplingClient | undefined
    if (sampler !== undefined && Deferred.isDoneUnsafe(sampler)) {
      found = Option.getOrUndefined(yield* Effect.option(Deferred.await(sampler)))
      if (found === undefined) sampler = undefined
    }
    found ??= yield* onModel(ask)
    return { voice: { key: `v${version}`, client: found }, version }
  })).pipe(Effect.mapError(asBackendError))

  const update: Adapter["update"] = (params, check) =>
    inTurn(Effect.gen(function*() {
      const model = yield* Effect.mapError(atPlace, asBackendError)
      const step: Step = { batches: gathered, params }
      const before = place
      // From here until the answers are there nobody knows the model's weights.
      live = undefined
      sampler = undefined
      const done = Effect.gen(function*() {
        const sent = yield* submit(model, step)
        const ready = yield* refreshed(model)
        const [outputs] = yield* results(sent)
        return { outputs, ready }
      }).pipe(
        Effect.mapError(asBackendError),
        Effect.tap(({ outputs }) => check(outputs)),
        Effect.onError(() => free(model))
      )
      const { ready } = yield* done
      moveTo({ origin: before.origin, since: [...before.since, step], revision: before.revision + 1 })
      live = model
      sampler = ready
      return place.revision
    }))

  const save = inTurn(Effect.gen(function*() {
    if (place.since.length > 0) {
      const number = ++saves
      const forGood = ttlSeconds === undefined || (keepEvery > 0 && number % keepEvery === 0)
      const ttl = forGood ? {} : { ttlSeconds }
      const name = `${numbered(forGood && ttlSeconds !== undefined ? "kept" : "step", place.revision)}-${number}`
      const { path } = yield* onModel((model) => watch.timed("save_weights", model.saveState(name, ttl)))
      const now = yield* Clock.currentTimeMillis
      const origin: Origin = forGood
        ? { _tag: "Saved", path }
        : { _tag: "Saved", path, expiresAt: now + 1000 * ttlSeconds }
      place = { ...place, origin, since: [] }
    }
    return { origin: place.origin, revision: place.revision }
  })).pipe(Effect.mapError(asBackendError))

  const restore: Adapter["restore"] = (origin, revision) =>
    inTurn(Effect.gen(function*() {
      gathered = []
      if (place.since.length === 0 && place.revision === revision && sameOrigin(place.origin, origin)) return
      if (origin._tag === "Fresh") {
        yield* abandon
        return moveTo({ origin, since: [], revision })
      }
      const now = yield* Clock.currentTimeMillis
      if (origin.expiresAt !== undefined && origin.expiresAt <= now) return yield* expired(origin.path)
      const model = yield* Effect.mapError(open(origin), (error) =>
        (error._tag === "TinkerStatusError" && (error.status === 404 || error.status === 403))
          || (error._tag === "TinkerRequestFailed" && /not found|expired/i.test(error.detail))
          ? expired(origin.path)
          : asBackendError(error))
      yield* abandon
      moveTo({ origin, since: [], revision })
      live = model
    }))

  return {
    revision: Effect.sync(() => place.revision),
    voice,
    gather: (version, batches) =>
      Effect.sync(() => {
        if (version !== place.version) return false
        gathered = [...gathered, ...batches]
        return true
      }),
    discard: Effect.sync(() => {
      gathered = []
    }),
    update,
    save,
    restore,
    saveForExport: inTurn(Effect.gen(function*() {
      const name = `${numbered("export", place.revision)}-${++exports}`
      const { path } = yield* onModel((model) =>
        watch.timed("save_for_sampler", model.saveForSampler(name, { ttlSeconds: DAY }))
      )
      return path
    })).pipe(Effect.mapError(asBackendError))
  }
})
