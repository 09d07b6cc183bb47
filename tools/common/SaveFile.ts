import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Random from "effect/Random"
import { anchor } from "./Anchor.ts"
import { contentHash } from "./ContentHash.ts"
import { Moved } from "./Outcome.ts"

/** Mode bits that a new file gets before the process's umask. */
const NEW_FILE_MODE = 0o666
const MODE_BITS = 0o7777

const isRefused = (error: PlatformError.PlatformError | Moved): boolean =>
  error._tag === "PlatformError" && error.reason._tag === "PermissionDenied"

/** Makes what is missing of a folder, from the deepest part that is there, and opens it. */
const folderHandle = Effect.fnUntraced(function*(folder: string, shown: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  let top = folder
  while (!(yield* fs.exists(top)) && path.dirname(top) !== top) top = path.dirname(top)
  if (top !== folder) {
    const base = yield* anchor(top, shown)
    yield* fs.makeDirectory(path.join(base, path.relative(top, folder)), { recursive: true })
  }
  return yield* anchor(folder, shown)
})

/**
 * Replaces a file's content as a whole: a temporary file beside it, synced, then renamed over it, so that a crash leaves the
 * old content or the new. Keeps the mode. A file with other hard links, or in a folder that takes no new files, is written in
 * place, because a rename would break the link or fail. Missing parent folders are made.
 *
 * `absolute` must be a real path and `expected` the hash of the content that is to be replaced (undefined: no file); when
 * something else is there by now, nothing is done and it fails with `Moved`.
 */
export const saveFile = Effect.fn("saveFile")(function*(
  absolute: string,
  shown: string,
  bytes: Uint8Array,
  expected: string | undefined
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const moved = new Moved({
    reason: `${shown} changed while it was being written, so nothing was done; look at it again`
  })
  const folder = yield* folderHandle(path.dirname(absolute), shown)
  const target = path.join(folder, path.basename(absolute))

  const write = (file: string, flag: "wx" | "r+", mode?: number) =>
    Effect.scoped(Effect.gen(function*() {
      const opened = yield* fs.open(file, mode === undefined ? { flag } : { flag, mode })
      if (flag === "r+") yield* opened.truncate()
      yield* opened.writeAll(bytes)
      yield* opened.sync
    }))
  const sameAs = (file: string) =>
    fs.readFile(file).pipe(
      Effect.flatMap((now) => contentHash(now) === expected ? Effect.void : Effect.fail(moved))
    )
  const inPlace = Effect.scoped(Effect.gen(function*() {
    const file = yield* anchor(absolute, shown)
    yield* sameAs(file)
    yield* write(file, "r+")
  }))
  const info = Option.getOrUndefined(yield* Effect.option(fs.stat(target)))
  if ((info === undefined) !== (expected === undefined)) return yield* moved
  if (info !== undefined && Option.getOrElse(info.nlink, () => 1n) > 1n) return yield* Effect.uninterruptible(inPlace)

  const suffix = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
  const temporary = path.join(folder, `.${path.basename(absolute).slice(0, 200)}.${suffix}.tmp`)
  const mode = info === undefined ? NEW_FILE_MODE : info.mode & MODE_BITS
  const replace = Effect.gen(function*() {
    yield* write(temporary, "wx", mode)
    if (info === undefined) {
      // Fails when a file of that name appeared meanwhile, which a rename would replace.
      yield* fs.link(temporary, target).pipe(
        Effect.catchIf((error) => error.reason._tag === "AlreadyExists", () => Effect.fail(moved))
      )
      return yield* fs.remove(temporary)
    }
    yield* fs.chmod(temporary, mode)
    if (Option.isSome(yield* Effect.option(fs.readLink(target)))) return yield* moved
    yield* sameAs(target)
    yield* fs.rename(temporary, target)
  }).pipe(Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true }))))
  // Whole or not at all: once begun, a cancelled turn does not stop it half-way.
  yield* Effect.uninterruptible(
    info === undefined ? replace : Effect.catchIf(replace, isRefused, () => inPlace)
  )
  // Where a folder cannot be synced, its file still is.
  yield* Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder, { flag: "r" }), (opened) => opened.sync)))
}, Effect.scoped)
