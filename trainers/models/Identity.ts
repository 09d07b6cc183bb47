import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import type { BackendError } from "../../core/LoraBackend.ts"
import type { ModelConfig } from "./ModelConfig.ts"
import { systemProblem } from "./Problem.ts"

const hashInto = async (hash: ReturnType<typeof createHash>, file: string, signal: AbortSignal): Promise<void> => {
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, signal })) hash.update(chunk)
}

const addFile = (hash: ReturnType<typeof createHash>, file: string): Effect.Effect<void, BackendError> =>
  Effect.tryPromise({
    try: (signal) => hashInto(hash, file, signal),
    catch: (cause) => systemProblem(file, cause)
  })

/**
 * SHA-256 over the configuration and the weight file, or over the configuration and the SHA-256 of each shard in
 * name order: what adapters belong to. The GPU worker computes the same (model/identity.py).
 */
export const modelIdentity = Effect.fn("models.modelIdentity")(function*(
  config: ModelConfig,
  files: ReadonlyArray<string>,
  isSharded = false
): Effect.fn.Return<string, BackendError> {
  const hash = createHash("sha256").update(JSON.stringify(config))
  for (const file of files) {
    const part = isSharded ? createHash("sha256") : hash
    yield* addFile(part, file)
    if (isSharded) hash.update(part.digest())
  }
  return hash.digest("hex")
})
