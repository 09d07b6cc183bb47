import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import { ToolMemory } from "../../core/ToolMemory.ts"
import { CappedOutput } from "../common/CappedOutput.ts"
import { KEPT_DAYS, MAX_KEPT_BYTES, MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"

const DAY_MILLISECONDS = 86_400_000

/** Removes files that were kept long enough. */
const removeOld = Effect.fnUntraced(function*(folder: string, now: number) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const name of yield* fs.readDirectory(folder)) {
    const info = yield* fs.stat(path.join(folder, name))
    const age = now - Option.match(info.mtime, { onNone: () => now, onSome: (time) => time.getTime() })
    if (age > KEPT_DAYS * DAY_MILLISECONDS) yield* fs.remove(path.join(folder, name), { force: true })
  }
})

/** A new file for an output; only the user may read it. */
const newFile = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const now = yield* Clock.currentTimeMillis
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
  yield* Effect.ignore(removeOld(folder, now))
  const suffix = (yield* Random.nextIntBetween(0, 36 ** 6)).toString(36).padStart(6, "0")
  const file = path.join(folder, `${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}-${suffix}.txt`)
  return { file, opened: yield* fs.open(file, { flag: "wx", mode: 0o600 }) }
})

/**
 * Takes an output as it comes: beginning and end stay in memory, and from where they no longer hold all of it, the whole is
 * written to a file (up to `MAX_KEPT_BYTES`) when there is a folder for that.
 */
export const keepOutput = Effect.gen(function*() {
  const { outputs } = yield* ToolMemory
  const kept = new CappedOutput(MAX_OUTPUT_BYTES, MAX_LINES)
  /** All so far, until a file takes it; undefined from then on. */
  let waiting: Array<Uint8Array> | undefined = outputs === undefined ? undefined : []
  let opened: { readonly file: string; readonly opened: FileSystem.File } | undefined
  let bytes = 0

  const write = Effect.fnUntraced(function*(chunk: Uint8Array) {
    const part = chunk.subarray(0, Math.max(0, MAX_KEPT_BYTES - bytes))
    bytes += chunk.length
    if (part.length > 0) yield* opened?.opened.writeAll(part) ?? Effect.void
  })
  const push = Effect.fnUntraced(
    function*(chunk: Uint8Array) {
      kept.push(chunk)
      if (waiting === undefined) return yield* write(chunk)
      waiting.push(Uint8Array.from(chunk))
      if (outputs === undefined || !kept.cut) return
      const all = waiting
      waiting = undefined
      opened = yield* newFile(outputs)
      for (const each of all) yield* write(each)
    },
    Effect.catchTag("PlatformError", () =>
      Effect.sync(() => {
        // A full disk is no reason to stop the command: what is in memory is shown.
        opened = undefined
        waiting = undefined
      }))
  )

  return {
    push,
    /** What is shown of it, and where the rest is. */
    text: (): string => {
      if (opened === undefined) return kept.text("send the output to a file to see all of it")
      return kept.text(
        `${bytes > MAX_KEPT_BYTES ? `its first ${MAX_KEPT_BYTES} bytes are` : "all of it is"} in ${opened.file}`
      )
    },
    meta: () => ({
      ...(kept.cut ? { truncated: true } : {}),
      ...(opened === undefined ? {} : { spilled: opened.file })
    })
  }
})
