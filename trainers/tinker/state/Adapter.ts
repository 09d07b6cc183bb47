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
  SavedWeights,
  StepMetrics,
  TinkerError,
  TrainingClient,
  TrainingOutput
} from "../../tinker-sdk/index.ts"
import { asBackendError } from "../Failure.ts"
import type { Batch } from "../loss/Batches.ts"
import { makeModel, type ModelParts } from "./Model.ts"
import { type Place, sameOrigin, type Step, stepResults, submitStep } from "./Place.ts"
import { expired, type Origin } from "./Snapshot.ts"
import { type Voice, voiceOf } from "./Voices.ts"

interface AdapterParts extends ModelParts {
  readonly base: Voice
  /** Of the first adapter, which `first` has if it is there. */
  readonly seed: number
  /** Seconds that the state after a step is kept; undefined for good. */
  readonly ttlSeconds: number | undefined
  /** Every so many saved states are kept for good; 0 none. */
  readonly keepEvery: number
}

/** An update that was made. */
interface Updated {
  readonly revision: number
  /** Numbers that the service told, by its names. */
  readonly metrics: StepMetrics
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
  ) => Effect.Effect<Updated, BackendError>
  /** Has the service save weights and optimiser, unless they are saved already. */
  readonly save: Effect.Effect<{ readonly origin: Origin; readonly revision: number }, BackendError>
  readonly restore: (origin: Origin, revision: number) => Effect.Effect<void, BackendError>
  /** The service's name of the weights alone, saved for a day, e.g. to download them. */
  readonly saveForExport: Effect.Effect<string, BackendError>
}

const DAY = 86_400
/** How many names are tried; an earlier run of a service that counts anew may have left some. */
const NAMES = 100

const numbered = (prefix: string, number: number): string => `${prefix}-${String(number).padStart(6, "0")}`

export const makeAdapter = Effect.fnUntraced(function*(
  parts: AdapterParts
): Effect.fn.Return<Adapter, never, Scope.Scope> {
  const { base, client, keepEvery, ttlSeconds, watch } = parts
  const scope = yield* Scope.Scope
  const turn = Semaphore.makeUnsafe(1)
  const inTurn = turn.withPermits(1)
  let place: Place = { origin: { _tag: "Fresh", seed: parts.seed }, since: [], revision: 0, version: 0 }
  const model = yield* makeModel(parts, () => place)
  let versions = 0
  let sampler: Deferred.Deferred<SamplingClient, TinkerError> | undefined
  let gathered: ReadonlyArray<Batch> = []
  let saves = 0
  let exports = 0

  const moveTo = (next: Omit<Place, "version">) => {
    place = { ...next, version: ++versions }
    gathered = []
    sampler = undefined
  }

  /** A sampler of the current weights; it stays with the service as long as the session. */
  const refreshed = Effect.fnUntraced(function*(live: TrainingClient) {
    const ready = Deferred.makeUnsafe<SamplingClient, TinkerError>()
    const pending = yield* live.submit.sampler()
    yield* Effect.forkIn(Deferred.into(watch.timed("refresh_sampler", pending.result), ready), scope, {
      startImmediately: true
    })
    return ready
  })

  const isBase = () => place.origin._tag === "Fresh" && place.since.length === 0

  /** The sampler of the current weights: the one there is, or another where that failed. */
  const current = Effect.gen(function*() {
    const ask = Effect.fnUntraced(function*(live: TrainingClient) {
      const ready = sampler ?? (yield* refreshed(live))
      sampler = ready
      return yield* Effect.tapError(Deferred.await(ready), () =>
        Effect.sync(() => {
          sampler = undefined
        }))
    })
    // A sampler that is there needs no model; one that is known to have failed is asked for anew.
    if (sampler !== undefined && Deferred.isDoneUnsafe(sampler)) {
      const found = Option.getOrUndefined(yield* Effect.option(Deferred.await(sampler)))
      if (found !== undefined) return found
      sampler = undefined
    }
    return yield* model.use(ask)
  })

  /** Another sampler for one that the service lost, unless the weights are others by now. */
  const another = (version: number) => (lost: SamplingClient) =>
    inTurn(Effect.gen(function*() {
      if (place.version !== version) return undefined
      const found = yield* current
      if (found !== lost) return found
      sampler = undefined
      return yield* current
    }))

  const voice = inTurn(Effect.gen(function*() {
    const { version } = place
    if (isBase()) return { voice: base, version }
    const found = yield* current
    return { voice: voiceOf(`v${version}`, () => found, another(version)), version }
  })).pipe(Effect.mapError(asBackendError))

  const update: Adapter["update"] = (params, check) =>
    inTurn(Effect.gen(function*() {
      const before = place
      const step: Step = { batches: gathered, params }
      const made = yield* model.use((live) => {
        // From here until the answers are there nobody knows the model's weights.
        model.set(undefined)
        sampler = undefined
        return Effect.gen(function*() {
          const sent = yield* submitStep(watch, live, step)
          const ready = yield* refreshed(live)
          const [outputs, metrics] = yield* stepResults(watch, sent)
          yield* check(outputs)
          return { live, metrics, ready }
        }).pipe(Effect.onError(() => model.free(live)))
      })
      moveTo({ origin: before.origin, since: [...before.since, step], revision: before.revision + 1 })
      model.set(made.live)
      sampler = made.ready
      return { revision: place.revision, metrics: made.metrics }
    })).pipe(Effect.mapError(asBackendError))

  /** Saves under the first name that is free. */
  const savedAs = (
    nameOf: () => string,
    save: (live: TrainingClient, name: string) => Effect.Effect<SavedWeights, TinkerError>
  ) => {
    const next = (left: number): Effect.Effect<SavedWeights, TinkerError> =>
      Effect.catchTag(
        Effect.suspend(() => {
          const name = nameOf()
          return model.use((live) => save(live, name))
        }),
        "TinkerNameTaken",
        (error) => left > 0 ? next(left - 1) : Effect.fail(error)
      )
    return next(NAMES)
  }

  const save = inTurn(Effect.gen(function*() {
    if (place.since.length > 0) {
      let ttl: { readonly ttlSeconds?: number } = {}
      const { path } = yield* savedAs(
        () => {
          const number = ++saves
          const forGood = ttlSeconds === undefined || (keepEvery > 0 && number % keepEvery === 0)
          ttl = forGood ? {} : { ttlSeconds }
          return `${numbered(forGood && ttlSeconds !== undefined ? "kept" : "step", place.revision)}-${number}`
        },
        (live, name) => watch.timed("save_weights", live.saveState(name, ttl))
      )
      const now = yield* Clock.currentTimeMillis
      const origin: Origin = ttl.ttlSeconds === undefined
        ? { _tag: "Saved", path }
        : { _tag: "Saved", path, expiresAt: now + 1000 * ttl.ttlSeconds }
      place = { ...place, origin, since: [] }
    }
    return { origin: place.origin, revision: place.revision }
  })).pipe(Effect.mapError(asBackendError))

  const restore: Adapter["restore"] = (origin, revision) =>
    inTurn(Effect.gen(function*() {
      gathered = []
      if (place.since.length === 0 && place.revision === revision && sameOrigin(place.origin, origin)) return
      if (origin._tag === "Saved") {
        const now = yield* Clock.currentTimeMillis
        if (origin.expiresAt !== undefined && origin.expiresAt <= now) return yield* expired(origin.path)
        // Before the model there is gives its slot away.
        yield* Effect.mapError(client.checkpoints.weightsInfo(origin.path), (error) =>
          error._tag === "TinkerStatusError" && (error.status === 404 || error.status === 403)
            ? expired(origin.path)
            : asBackendError(error))
      }
      yield* model.abandon
      if (origin._tag === "Fresh")
        return moveTo({ origin, since: [], revision })
      const loaded = yield* Effect.mapError(model.open(origin), asBackendError)
      moveTo({ origin, since: [], revision })
      model.set(loaded)
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
    saveForExport: inTurn(savedAs(
      () => `${numbered("export", place.revision)}-${++exports}`,
      (live, name) => watch.timed("save_for_sampler", live.saveForSampler(name, { ttlSeconds: DAY }))
    )).pipe(Effect.map(({ path }) => path), Effect.mapError(asBackendError))
  }
})
