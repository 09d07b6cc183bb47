import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { BackendError } from "../../../core/LoraBackend.ts"
import type { TinkerClientShape, TinkerError, TrainingClient } from "../../tinker-sdk/index.ts"
import { isGone, isTinkerError } from "../Failure.ts"
import type { Watch } from "../Watch.ts"
import { type Place, stepResults, submitStep } from "./Place.ts"
import type { Origin } from "./Snapshot.ts"

export interface ModelParts {
  readonly client: TinkerClientShape
  readonly watch: Watch
  readonly create: (seed: number) => Effect.Effect<TrainingClient, TinkerError>
  /** The model that is there already. */
  readonly first: TrainingClient | undefined
  /** Tells the person what happened beside what was asked for. */
  readonly tell: (message: string) => Effect.Effect<void>
}

/** The one model that a session has at the service, which may come and go. */
export interface Model {
  /** A model of these weights, once the one before has left its slot: servers may have few. */
  readonly open: (origin: Origin) => Effect.Effect<TrainingClient, TinkerError>
  /** The one whose weights are those of the place; undefined when they are in doubt. */
  readonly set: (model: TrainingClient | undefined) => void
  /** Lets the service free a model that is no longer used. Samplers of its weights stay with the session. */
  readonly free: (model: TrainingClient) => Effect.Effect<void>
  readonly abandon: Effect.Effect<void>
  /**
   * Uses a model at the place: the one there is, or another, brought there by the updates since its origin. When that fails, the
   * model may be in doubt, gone or waiting for a number that was refused, so the next use is of another. When it turns out to be
   * gone, that is done at once: nothing of what was asked happened to the weights of the new one.
   */
  readonly use: <A, E extends TinkerError | BackendError>(
    run: (model: TrainingClient) => Effect.Effect<A, E>
  ) => Effect.Effect<A, TinkerError | E>
}

/** A model that is given up gets this long to leave its slot before another is made. */
const LEAVES_WITHIN = "5 seconds"

const stateOf = (origin: Origin): string =>
  origin._tag === "Fresh" ? "from its seed" : `from ${origin.path.slice(origin.path.lastIndexOf("/") + 1)}`

export const makeModel = Effect.fnUntraced(function*(
  { client, create, first, tell, watch }: ModelParts,
  place: () => Place
): Effect.fn.Return<Model, never, Scope.Scope> {
  const scope = yield* Scope.Scope
  let live = first
  let leaving: Fiber.Fiber<unknown> | undefined

  const free: Model["free"] = (model) =>
    Effect.map(
      Effect.forkIn(Effect.ignore(model.unload({ deadline: "1 minute" })), scope, { startImmediately: true }),
      (fiber) => void (leaving = fiber)
    )

  const abandon = Effect.suspend(() => {
    const old = live
    live = undefined
    return old === undefined ? Effect.void : free(old)
  })

  const left = Effect.suspend(() => {
    const before = leaving
    leaving = undefined
    return before === undefined ? Effect.void : Effect.timeoutOption(Fiber.await(before), LEAVES_WITHIN)
  })

  const open: Model["open"] = (origin) =>
    Effect.andThen(
      left,
      origin._tag === "Fresh"
        ? watch.timed("create_model", create(origin.seed))
        : watch.timed("load_weights", client.resumeTraining(origin.path, { optimizer: true }))
    )

  const atPlace = Effect.gen(function*() {
    if (live !== undefined) return live
    const { origin, since } = place()
    const model = yield* open(origin)
    yield* Effect.forEach(
      since,
      (step) => Effect.flatMap(submitStep(watch, model, step), (sent) => stepResults(watch, sent)),
      { discard: true }
    ).pipe(Effect.onError(() => free(model)))
    live = model
    return model
  })

  return {
    open,
    set: (model) => void (live = model),
    free,
    abandon,
    use: (run) => {
      const once = Effect.flatMap(atPlace, run).pipe(
        Effect.tapError((error) => error._tag === "TinkerInputError" ? Effect.void : abandon)
      )
      return Effect.catchIf(
        once,
        (error) => isTinkerError(error) && isGone(error),
        () =>
          Effect.tap(once, () => tell(`The service had lost the model; it was made anew ${stateOf(place().origin)}.`))
      )
    }
  }
})
