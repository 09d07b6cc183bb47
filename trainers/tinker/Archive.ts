import * as Effect from "effect/Effect"
import { mkdir, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { gunzipSync } from "node:zlib"
import { BackendError } from "../../core/LoraBackend.ts"
import { internal } from "./Failure.ts"

const BLOCK = 512
const WANTED = ["adapter_config.json", "adapter_model.safetensors"]

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).replace(/\0[\s\S]*$/, "")

/** The files of a tar, which may be compressed with gzip, by their names without folders. Undefined when it is none. */
export const readTar = (archive: Uint8Array): ReadonlyMap<string, Uint8Array> | undefined => {
  const files = new Map<string, Uint8Array>()
  const tar = archive[0] === 0x1f && archive[1] === 0x8b ? Uint8Array.from(gunzipSync(archive)) : archive
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) return files
    const size = Number.parseInt(text(header.subarray(124, 136)).trim(), 8)
    const end = at + BLOCK + size
    if (text(header.subarray(257, 262)) !== "ustar" || !Number.isSafeInteger(size) || end > tar.length) return undefined
    const kind = text(header.subarray(156, 157))
    if (kind === "" || kind === "0") {
      files.set(basename(text(header.subarray(0, 100))), tar.slice(at + BLOCK, end))
    }
    at += BLOCK * (1 + Math.ceil(size / BLOCK))
  }
  return files.size === 0 ? undefined : files
}

/** Writes the two files of a PEFT adapter out of a downloaded archive. Nothing is written unless both are there. */
export const writeAdapter = Effect.fnUntraced(function*(
  archive: Uint8Array,
  directory: string
): Effect.fn.Return<void, BackendError> {
  const files = yield* Effect.try({
    try: () => readTar(archive),
    catch: () => internal("The archive that the Tinker service sent is damaged. Try again.")
  })
  const found = WANTED.flatMap((name) => {
    const bytes = files?.get(name)
    return bytes === undefined ? [] : [[name, bytes] as const]
  })
  if (found.length < WANTED.length) {
    return yield* internal(`The archive that the Tinker service sent lacks ${WANTED.join(" or ")}. Try again.`)
  }
  yield* Effect.tryPromise({
    try: async () => {
      await mkdir(directory, { recursive: true })
      for (const [name, bytes] of found) await writeFile(join(directory, name), bytes)
    },
    catch: (cause) =>
      new BackendError({
        reason: "ModelFiles",
        message: `${directory}: the adapter cannot be written. Check the folder's permissions and the free space.`,
        cause
      })
  })
})
