import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { ToolMemory } from "../../core/ToolMemory.ts"
import { Workspace } from "../../core/Workspace.ts"
import { contentHash } from "../common/ContentHash.ts"
import { MAX_OUTPUT_BYTES } from "../common/Limits.ts"

const plainCat = /^\s*cat\s+(?:-n\s+)?(?:'([^']+)'|"([^"$`\\]+)"|([\w@%+=:,./-]+))\s*$/

/** A plain `cat FILE` shows a file as `read` does, so it counts as reading it, when all of it was shown. */
export const noteRead = Effect.fnUntraced(
  function*(command: string, cwd: string) {
    const [, single, double, bare] = plainCat.exec(command) ?? []
    const name = single ?? double ?? bare
    if (name === undefined) return
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const workspace = yield* Workspace
    const memory = yield* ToolMemory
    const absolute = yield* workspace.resolve(path.resolve(cwd, name), "read")
    const bytes = yield* fs.readFile(absolute)
    if (bytes.length < MAX_OUTPUT_BYTES) yield* memory.saw(absolute, contentHash(bytes))
  },
  (noted) => Effect.ignore(noted)
)
