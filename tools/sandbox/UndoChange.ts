import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { type Checkpoint, Checkpoints } from "../../core/Checkpoints.ts"
import type { Undone } from "../../core/domain/Undone.ts"
import { ToolMemory } from "../../core/ToolMemory.ts"
import { contentHash } from "../common/ContentHash.ts"
import { reach } from "../common/Reach.ts"
import { saveFile } from "../common/SaveFile.ts"

const NOTHING = "No call has changed a file that could be taken back. What commands changed is not kept."

const hashAt = Effect.fnUntraced(function*(absolute: string) {
  const fs = yield* FileSystem.FileSystem
  return Option.getOrUndefined(Option.map(yield* Effect.option(fs.readFile(absolute)), contentHash))
})

/** Puts the file of a checkpoint back; undefined when it is as before already. */
const putBack = Effect.fnUntraced(function*(checkpoint: Checkpoint, absolute: string) {
  const { after, at, before, copy, path } = checkpoint
  const fs = yield* FileSystem.FileSystem
  const checkpoints = yield* Checkpoints
  const now = yield* hashAt(absolute)
  if (now === before) {
    yield* checkpoints.drop(checkpoint, "remove")
    return undefined
  }
  if (now !== after) {
    yield* checkpoints.drop(checkpoint, "leave")
    const old = before === undefined
      ? "Before that call there was no such file."
      : `What it was before lies in ${copy}.`
    return {
      _tag: "NotUndone",
      reason:
        `${path} was changed after that call, so it stays as it is. ${old} Once more takes back the change before.`
    } satisfies Undone
  }
  if (before === undefined) yield* fs.remove(absolute)
  else yield* saveFile(absolute, path, yield* fs.readFile(copy), after)
  yield* checkpoints.drop(checkpoint, "remove")
  return { _tag: "Undone", path, at, removed: before === undefined } satisfies Undone
})

/**
 * Takes back the newest change that a file tool made, as long as the file is still what that call left. Commands' changes are not
 * covered.
 */
export const undoChange = Effect.gen(function*() {
  const checkpoints = yield* Checkpoints
  const memory = yield* ToolMemory
  for (const checkpoint of (yield* checkpoints.kept).toReversed()) {
    const absolute = yield* reach(checkpoint.path, "write")
    const undone = yield* memory.alone(absolute)(putBack(checkpoint, absolute))
    if (undone !== undefined) return undone
  }
  return { _tag: "NotUndone", reason: NOTHING } satisfies Undone
}).pipe(
  Effect.catchTags({
    PlatformError: (error) =>
      Effect.succeed<Undone>({ _tag: "NotUndone", reason: `Nothing was undone: ${error.message}` }),
    Refusal: ({ reason }) => Effect.succeed<Undone>({ _tag: "NotUndone", reason: `Nothing was undone: ${reason}` }),
    Moved: ({ reason }) => Effect.succeed<Undone>({ _tag: "NotUndone", reason })
  }),
  Effect.withSpan("ToolSandbox.undo")
)
