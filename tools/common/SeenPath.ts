import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { Prospect } from "../../core/domain/Prospect.ts"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import { Workspace } from "../../core/Workspace.ts"
import { contentHash } from "./ContentHash.ts"
import { missingFile } from "./NearNames.ts"
import { refuse, refused } from "./Outcome.ts"
import { reach } from "./Reach.ts"

/** Stands for where a path led when a call was shown. */
const basisOf = (absolute: string): string => contentHash(absolute)

const moved = (path: string): ToolResult => {
  const reason = `${path} leads elsewhere than when this call was shown, so nothing was done; look again`
  return { output: reason, success: false, feedback: reason, outdated: true }
}

/** The real place of a path to look at, which is a file or a folder. `whenMissing` is the advice for one that is not there. */
const place = Effect.fnUntraced(function*(path: string, whenMissing: string) {
  const fs = yield* FileSystem.FileSystem
  const workspace = yield* Workspace
  const absolute = yield* reach(path, "read")
  const info = Option.getOrUndefined(yield* Effect.option(fs.stat(absolute)))
  const shown = workspace.relative(absolute)
  if (info === undefined) return yield* refuse(yield* missingFile(shown, whenMissing))
  if (info.type !== "Directory" && info.type !== "File") {
    return yield* refuse(`${shown} is no regular file or folder; take another one`)
  }
  return { absolute, shown, info }
})

export type Place = Effect.Success<ReturnType<typeof place>>

/** A call that only looks: shown in words, and bound to the place that its path leads to. */
export const previewPath = (path: string, text: string, whenMissing: string, notes: ReadonlyArray<string> = []) =>
  place(path, whenMissing).pipe(
    Effect.map(({ absolute }): Prospect => ({
      _tag: "WouldRun",
      preview: notes.length === 0 ? { _tag: "Text", text } : { _tag: "Text", text, notes },
      basis: basisOf(absolute)
    })),
    Effect.catch((refusal) => Effect.succeed<Prospect>({ _tag: "WouldFail", result: refused(refusal) }))
  )

/** Resolves a path to look at; `use` gets its place, unless that is no longer the one that was shown. */
export const lookAt = <A extends ToolResult, E, R>(
  path: string,
  whenMissing: string,
  basis: string | undefined,
  use: (place: Place) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const found = yield* place(path, whenMissing)
    return basis !== undefined && basis !== basisOf(found.absolute) ? moved(path) : yield* use(found)
  })
