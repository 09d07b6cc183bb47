import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { mkdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { BackendError } from "../../core/LoraBackend.ts"
import type { ModelConfig } from "./ModelConfig.ts"
import type { ModelSource } from "./ModelSource.ts"
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

/** What tells that a file has not changed since; no program can set the time of its last change (`ctime`). */
const fileState = async (file: string): Promise<ReadonlyArray<string | number>> => {
  const path = await realpath(file)
  const { ctimeMs, ino, mtimeMs, size } = await stat(path)
  return [path, size, mtimeMs, ctimeMs, ino]
}

/**
 * The identity of a model, read from a note in `cacheDirectory` where its files have not changed since they were last read
 * whole: a start need not read gigabytes to know what it knows.
 */
export const rememberedIdentity = Effect.fn("models.rememberedIdentity")(function*(
  { config, identity, path, tensors }: ModelSource,
  cacheDirectory: string
): Effect.fn.Return<string, BackendError> {
  const files = [...new Set([...tensors.values()].map(({ file }) => file))].toSorted()
  const states = Effect.tryPromise({
    try: () => Promise.all(files.map(fileState)),
    catch: (cause) => systemProblem(path, cause)
  })
  const before = JSON.stringify([config, yield* states])
  const folder = join(cacheDirectory, "identities")
  const note = join(folder, createHash("sha256").update(before).digest("hex"))
  const known = yield* Effect.tryPromise(() => readFile(note, "utf8")).pipe(Effect.orElseSucceed(() => ""))
  if (/^[0-9a-f]{64}$/.test(known)) return known
  const found = yield* identity
  if (JSON.stringify([config, yield* states]) === before) {
    // A note that cannot be kept only costs time.
    yield* Effect.tryPromise(async () => {
      await mkdir(folder, { recursive: true })
      await writeFile(`${note}.partial`, found)
      await rename(`${note}.partial`, note)
    }).pipe(Effect.ignore)
  }
  return found
})
