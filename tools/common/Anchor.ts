import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { Moved } from "./Outcome.ts"

/**
 * Opens a file or folder by its real path and gives a path to the very thing that was opened, for as long as the scope lasts:
 * whoever swaps a folder on the way for a link in the meantime does not lead us elsewhere. Fails with
 * `Moved` when the name leads elsewhere by then. Where the system has no `/proc`, the path itself.
 */
export const anchor = Effect.fnUntraced(function*(absolute: string, shown: string) {
  const fs = yield* FileSystem.FileSystem
  const opened: unknown = yield* fs.open(absolute, { flag: "r" })
  if (!Predicate.hasProperty(opened, "fd") || !Predicate.isNumber(opened.fd)) return absolute
  const handle = `/proc/self/fd/${opened.fd}`
  const real = Option.getOrUndefined(yield* Effect.option(fs.readLink(handle)))
  if (real === undefined) return absolute
  if (real !== absolute) {
    return yield* new Moved({ reason: `${shown} was moved or replaced by a link while it was used; look again` })
  }
  return handle
})
