import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { join } from "node:path"
import { type HubModel, INDEX, shardsOf, WEIGHTS } from "./HubModel.ts"

/*
 * The cache of the Hugging Face hub: `models--owner--name` holds `blobs` by hash, `snapshots/COMMIT` with links to them, and
 * `refs/REVISION` with the commit a branch or tag stood for.
 */

/** The folder of one model in the cache. */
export const modelFolder = (hubDirectory: string, { id }: HubModel): string =>
  join(hubDirectory, `models--${id.replaceAll("/", "--")}`)

/** Where a model lies in its snapshot folder. */
export const modelPath = (snapshot: string, { file }: HubModel): string =>
  file === undefined ? snapshot : join(snapshot, file)

/** Whether a model is wanted with its weights, or only to make token ids for it. */
export type Parts = "whole" | "tokenizer"

/** What of a model folder is missing, by file name; empty when it is whole as far as its own files say. */
export const missingFiles = Effect.fnUntraced(function*(folder: string, parts: Parts = "whole") {
  const files = yield* FileSystem.FileSystem
  const has = (name: string) => files.exists(join(folder, name)).pipe(Effect.orElseSucceed(() => false))
  const lost: Array<string> = []
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    if (!(yield* has(name))) lost.push(name)
  }
  if (parts === "tokenizer" || (yield* has(WEIGHTS))) return lost
  if (!(yield* has(INDEX))) return [...lost, WEIGHTS]
  const index = yield* files.readFileString(join(folder, INDEX)).pipe(Effect.orElseSucceed(() => ""))
  const shards = shardsOf(index)
  if (shards === undefined) return [...lost, INDEX]
  for (const shard of shards) {
    if (!(yield* has(shard))) lost.push(shard)
  }
  return lost
})

/** The commit a revision stood for when it was last fetched, or the revision itself when it is a commit. */
const commitOf = Effect.fnUntraced(function*(folder: string, revision: string) {
  const files = yield* FileSystem.FileSystem
  if (/^[0-9a-f]{40}$/.test(revision)) return revision
  const text = yield* files.readFileString(join(folder, "refs", revision)).pipe(Effect.orElseSucceed(() => ""))
  return /^[0-9a-f]{40}$/.test(text.trim()) ? text.trim() : undefined
})

/** What of a model is missing in its snapshot folder. */
export const missingParts = Effect.fnUntraced(function*(snapshot: string, { file }: HubModel, parts: Parts = "whole") {
  if (file === undefined) return yield* missingFiles(snapshot, parts)
  const files = yield* FileSystem.FileSystem
  const isThere = yield* files.exists(join(snapshot, file)).pipe(Effect.orElseSucceed(() => false))
  return isThere ? [] : [file]
})

/** The snapshot folder, or the GGUF file in it, of a model that is whole in the cache; undefined otherwise. */
export const cachedModel = Effect.fnUntraced(function*(hubDirectory: string, model: HubModel, parts: Parts = "whole") {
  const folder = modelFolder(hubDirectory, model)
  const commit = yield* commitOf(folder, model.revision)
  if (commit === undefined) return undefined
  const snapshot = join(folder, "snapshots", commit)
  const lost = yield* missingParts(snapshot, model, parts)
  return lost.length === 0 ? modelPath(snapshot, model) : undefined
})
