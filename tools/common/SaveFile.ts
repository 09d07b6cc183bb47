import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Random from "effect/Random"

/** Mode bits that a new file gets before the process's umask. */
const NEW_FILE_MODE = 0o666
const MODE_BITS = 0o7777

const isRefused = (error: PlatformError.PlatformError): boolean => error.reason._tag === "PermissionDenied"

/**
 * Replaces a file's content as a whole: a temporary file beside it, synced, then renamed over it, so that a crash leaves the
 * old content or the new. Keeps the mode. A file with other hard links, or in a folder that takes no new files, is written in
 * place, because a rename would break the link or fail. Missing parent folders are made.
 *
 * `absolute` must be a real path: a link would be replaced, not followed.
 */
export const saveFile = Effect.fn("saveFile")(function*(absolute: string, bytes: Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const info = Option.getOrUndefined(yield* Effect.option(fs.stat(absolute)))
  const folder = path.dirname(absolute)
  yield* fs.makeDirectory(folder, { recursive: true })

  const inPlace = Effect.scoped(Effect.gen(function*() {
    const file = yield* fs.open(absolute, { flag: "w" })
    yield* file.writeAll(bytes)
    yield* file.sync
  }))
  if (info !== undefined && Option.getOrElse(info.nlink, () => 1n) > 1n) return yield* inPlace

  const suffix = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
  const temporary = path.join(folder, `.${path.basename(absolute)}.${suffix}.tmp`)
  const mode = info === undefined ? NEW_FILE_MODE : info.mode & MODE_BITS
  const replace = Effect.gen(function*() {
    yield* Effect.scoped(Effect.gen(function*() {
      const file = yield* fs.open(temporary, { flag: "wx", mode })
      yield* file.writeAll(bytes)
      yield* file.sync
    }))
    if (info !== undefined) yield* fs.chmod(temporary, mode)
    yield* fs.rename(temporary, absolute)
  }).pipe(Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true }))))
  // Whole or not at all: once begun, a cancelled turn does not stop it half-way.
  yield* Effect.uninterruptible(
    info === undefined ? replace : Effect.catchIf(replace, isRefused, () => inPlace)
  )
})
