import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { BackendError } from "../../../core/LoraBackend.ts"

/** Where the weights come from: drawn from a seed, or saved by the service together with the optimiser. */
export const Origin = Schema.Union([
  Schema.TaggedStruct("Fresh", { seed: Schema.Int }),
  Schema.TaggedStruct("Saved", {
    /** `tinker://…/weights/…` */
    path: Schema.NonEmptyString,
    /** Milliseconds since the epoch; absent for what is kept for good. */
    expiresAt: Schema.optionalKey(Schema.Finite)
  })
])
export type Origin = typeof Origin.Type

/**
 * What a snapshot of this backend holds: not the weights, which never leave the service, but the name of the state that the
 * service keeps, its optimiser included. Restoring it loads exactly those weights, for as long as the service has them.
 */
const SnapshotContent = Schema.Struct({
  format: Schema.Literal("continualcode/tinker/1"),
  modelIdentity: Schema.String,
  shape: Schema.String,
  revision: Schema.Natural,
  origin: Origin
})
type SnapshotContent = typeof SnapshotContent.Type

const Json = Schema.fromJsonString(SnapshotContent)
const encode = Schema.encodeSync(Json)
const decode = Schema.decodeUnknownResult(Json)

export const encodeSnapshot = (content: SnapshotContent): Uint8Array => new TextEncoder().encode(encode(content))

const refuse = (message: string): BackendError => new BackendError({ reason: "Snapshot", message })

/** Reads a snapshot and makes sure that it belongs to this model and shape. */
export const decodeSnapshot = (
  bytes: Uint8Array,
  owner: Pick<SnapshotContent, "modelIdentity" | "shape">
): Result.Result<SnapshotContent, BackendError> => {
  const content = decode(new TextDecoder().decode(bytes))
  if (Result.isFailure(content)) {
    return Result.fail(
      refuse("The snapshot does not name a state of the Tinker service: it is damaged or another trainer's.")
    )
  }
  const { modelIdentity, shape } = content.success
  if (modelIdentity !== owner.modelIdentity || shape !== owner.shape) {
    return Result.fail(refuse(
      `The snapshot is of ${modelIdentity} (${shape}), not of ${owner.modelIdentity} (${owner.shape}). `
        + "Start with the model_name, lora_rank and TINKER_BASE_URL that made it."
    ))
  }
  return Result.succeed(content.success)
}

/** The service no longer has a state. */
export const expired = (path: string): BackendError =>
  refuse(
    `The Tinker service no longer keeps ${path}: it expired or was deleted, or belongs to another key. `
      + "Undo to another step, or replay the lessons from the ledger."
  )
