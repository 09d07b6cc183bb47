/** `tinker://<training run>/<weights|sampler_weights>/<name>`. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { WireError } from "./WireError.ts"

export const CheckpointKind = Schema.Literals(["weights", "sampler_weights"])
export type CheckpointKind = typeof CheckpointKind.Type

export interface TinkerPath {
  readonly trainingRunId: string
  readonly kind: CheckpointKind
  readonly name: string
}

/** What every known server accepts as a name. */
export const CheckpointName = Schema.String.check(
  Schema.isPattern(/^[a-zA-Z0-9_-]{1,255}$/, {
    message: "A checkpoint name is 1 to 255 letters, digits, - and _."
  })
)

export const formatTinkerPath = (path: TinkerPath): string => `tinker://${path.trainingRunId}/${path.kind}/${path.name}`

/** Run ids are opaque and may hold colons, but no slash. */
export const parseTinkerPath = (text: string): Result.Result<TinkerPath, WireError> => {
  const [, trainingRunId, kind, name] = /^tinker:\/\/([^/]+)\/(weights|sampler_weights)\/([^/]+)$/.exec(text) ?? []
  return trainingRunId !== undefined && (kind === "weights" || kind === "sampler_weights") && name !== undefined
    ? Result.succeed({ trainingRunId, kind, name })
    : Result.fail(
      new WireError({
        side: "encode",
        what: `The path ${text}`,
        detail: "it is not of the form tinker://<run>/<weights|sampler_weights>/<name>"
      })
    )
}
