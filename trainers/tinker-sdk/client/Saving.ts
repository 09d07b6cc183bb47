/** Names and paths of what is saved. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type TinkerError, TinkerInputError, TinkerNameTaken } from "../TinkerError.ts"
import { type CheckpointKind, CheckpointName, CheckpointsReply, Endpoints, formatTinkerPath } from "../wire/index.ts"
import { type Core, get } from "./Core.ts"
import type { Pending } from "./Pending.ts"
import type { SavedWeights } from "./TrainingClient.ts"

const isName = Schema.is(CheckpointName)

export const checkName = (operation: string, name: string): Effect.Effect<void, TinkerInputError> =>
  isName(name)
    ? Effect.void
    : Effect.fail(
      new TinkerInputError({
        operation,
        detail: `"${name}" is no name for a checkpoint, which has 1 to 255 letters, digits, - and _.`
      })
    )

/** Some servers leave the kind out of the path, or the path out of the reply. */
export const samplerPath = (modelId: string, name: string, path: string | null | undefined): string =>
  typeof path === "string" && path.includes("/sampler_weights/")
    ? path
    : formatTinkerPath({ trainingRunId: modelId, kind: "sampler_weights", name })

/** How far clocks may be apart. */
const SKEW = 300_000

/** Which checkpoint of a model is saved. */
export interface Target {
  readonly modelId: string
  readonly kind: CheckpointKind
  readonly name: string
  /** Whether an answer to the request got lost on the way, so that the service may have carried it out. */
  readonly lostReply: () => boolean
}

/**
 * A name that is taken fails as such. Right after a reply got lost it may be our own save: then the checkpoint is there, and new.
 * `saved` holds the names that this client has saved for the model before, which are not this save's.
 */
export const savedDespite = (
  core: Core,
  { kind, lostReply, modelId, name }: Target,
  saved: Set<string>,
  pending: Pending<SavedWeights>
): Effect.Effect<Pending<SavedWeights>> =>
  Effect.map(Clock.currentTimeMillis, (started) => {
    const path = formatTinkerPath({ trainingRunId: modelId, kind, name })
    const before = saved.has(path)
    const recover = (error: TinkerError): Effect.Effect<SavedWeights, TinkerError> =>
      Effect.gen(function*() {
        if (error._tag !== "TinkerStatusError" || error.status !== 409) return yield* error
        const { detail, operation } = error
        const taken = new TinkerNameTaken({ operation, name, detail })
        if (before || !lostReply()) return yield* taken
        const { checkpoints } = yield* get(
          core,
          "list_checkpoints",
          Endpoints.runCheckpoints(modelId),
          CheckpointsReply
        )
        const own = checkpoints.find(({ time, tinker_path }) =>
          tinker_path === path && Date.parse(time) >= started - SKEW
        )
        return own === undefined ? yield* taken : { path }
      })
    const result = pending.result.pipe(
      Effect.catch(recover),
      Effect.tap(() => Effect.sync(() => saved.add(path)))
    )
    return {
      ...pending,
      accepted: pending.accepted.pipe(Effect.catch((error) => Effect.asVoid(recover(error)))),
      result
    }
  })
