import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Result from "effect/Result"
import type { Preview } from "../../core/domain/ToolResult.ts"
import { Workspace } from "../../core/Workspace.ts"
import { MAX_EDIT_BYTES } from "./Limits.ts"
import { missingFile } from "./NearNames.ts"
import { type Refusal, refuse, refused, succeeded } from "./Outcome.ts"
import { saveFile } from "./SaveFile.ts"
import { binaryKind, decodeText, encodeText, plainFormat } from "./TextEncoding.ts"
import { unifiedDiff } from "./UnifiedDiff.ts"

/** A file as a plan sees it: its name for messages and its text without byte order mark, undefined when there is no file. */
export interface Before {
  readonly shown: string
  readonly text: string | undefined
}

/** The file's whole new text and what to tell the model. */
export interface Change {
  readonly text: string
  readonly output: string
}

/** Decides a change from the file as it is now. Pure, so that the preview and the call come from the same decision. */
export type Plan = (before: Before) => Result.Result<Change, Refusal>

interface Prepared {
  readonly absolute: string
  readonly before: Before
  readonly format: typeof plainFormat
  readonly change: Change
}

/** Resolves, loads and plans; nothing is changed. `whenMissing` is the advice for a file that is not there but must be. */
const prepare = (path: string, plan: Plan, whenMissing: string | undefined) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const workspace = yield* Workspace
    const absolute = yield* workspace.resolve(path, "write").pipe(Effect.mapError((error) => refuse(error.message)))
    const shown = workspace.relative(absolute)
    const info = Option.getOrUndefined(yield* Effect.option(fs.stat(absolute)))
    let before: Before = { shown, text: undefined }
    let format = plainFormat
    if (info === undefined) {
      if (whenMissing !== undefined) return yield* refuse(yield* missingFile(shown, whenMissing))
    } else {
      if (info.type === "Directory") return yield* refuse(`${shown} is a folder; give the path of a file in it`)
      if (info.type !== "File") return yield* refuse(`${shown} is no regular file; it cannot be changed as text`)
      if (ByteSize.toBigInt(info.size) > BigInt(MAX_EDIT_BYTES)) {
        return yield* refuse(`${shown} is larger than ${MAX_EDIT_BYTES} bytes; change it with a command`)
      }
      const bytes = yield* fs.readFile(absolute).pipe(
        Effect.mapError((error) => refuse(`${shown} cannot be read (${error.reason._tag}); check its permissions`))
      )
      const decoded = binaryKind(bytes) === undefined ? decodeText(bytes) : undefined
      if (decoded === undefined) {
        return yield* refuse(`${shown} is not text in UTF-8 or UTF-16; it can only be changed with a command`)
      }
      before = { shown, text: decoded.text }
      format = decoded.format
    }
    const change = yield* Effect.fromResult(plan(before))
    const prepared: Prepared = { absolute, before, format, change }
    return prepared
  })

/** Makes the planned change. The one place where the file tools read, decide and write. */
export const changeFile = (path: string, plan: Plan, whenMissing?: string) =>
  prepare(path, plan, whenMissing).pipe(
    Effect.flatMap(({ absolute, before, change, format }) =>
      saveFile(absolute, encodeText(change.text, format)).pipe(
        Effect.as(succeeded(change.output)),
        Effect.mapError((error) =>
          refuse(`${before.shown} could not be written (${error.reason._tag}); check its folder and permissions`)
        )
      )
    ),
    Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))
  )

/** The planned change as a diff, or the reason why it would be refused. */
export const previewChange = (path: string, plan: Plan, whenMissing?: string) =>
  prepare(path, plan, whenMissing).pipe(
    Effect.map(({ before, change }) => unifiedDiff(before.shown, before.text, change.text)),
    Effect.catchTag("Refusal", ({ reason }) =>
      Effect.succeed<Preview>({ _tag: "Text", text: `This call will fail: ${reason}` }))
  )
