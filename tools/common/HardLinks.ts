import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { Workspace } from "../../core/Workspace.ts"
import { refuse } from "./Outcome.ts"

/** Most entries looked at for the other names of a file. */
const MAX_ENTRIES = 100_000

/**
 * The other names of a file with several hard links: a change under one name is one under all. Refuses when some of them lie
 * outside the project, or in a place that is closed to changes.
 */
export const otherNames = Effect.fnUntraced(function*(absolute: string, info: FileSystem.File.Info) {
  const links = Option.getOrElse(info.nlink, () => 1n)
  if (links <= 1n) return []
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const workspace = yield* Workspace
  const found: Array<string> = []
  const pending = [workspace.root]
  let looked = 0
  for (let folder = pending.pop(); folder !== undefined && looked < MAX_ENTRIES; folder = pending.pop()) {
    for (const entry of yield* Effect.orElseSucceed(fs.readDirectoryEntries(folder), () => [])) {
      looked += 1
      const each = path.join(folder, entry.name)
      if (entry.type === "Directory") pending.push(each)
      if (entry.type !== "File" || each === absolute) continue
      const other = Option.getOrUndefined(yield* Effect.option(fs.stat(each)))
      if (
        other === undefined || other.dev !== info.dev ||
        Option.getOrUndefined(other.ino) !== Option.getOrUndefined(info.ino)
      ) continue
      // The name that is closed to changes is counted as one that is elsewhere.
      if (yield* Effect.isSuccess(workspace.resolve(each, "write"))) found.push(workspace.relative(each))
    }
    if (BigInt(found.length) === links - 1n) break
  }
  if (BigInt(found.length) < links - 1n) {
    return yield* refuse(
      `${
        workspace.relative(absolute)
      } is also a file outside the project or in a protected place (a hard link): both would `
        + "change; replace it by a copy first, or ask the user to change it"
    )
  }
  return found.sort()
})
