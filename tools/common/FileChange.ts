import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { Checkpoints } from "../../core/Checkpoints.ts"
import type { Prospect } from "../../core/domain/Prospect.ts"
import type { ToolMeta, ToolResult } from "../../core/domain/ToolResult.ts"
import { ToolMemory } from "../../core/ToolMemory.ts"
import { Workspace } from "../../core/Workspace.ts"
import { anchor } from "./Anchor.ts"
import { contentHash } from "./ContentHash.ts"
import { otherNames } from "./HardLinks.ts"
import { MAX_EDIT_BYTES } from "./Limits.ts"
import { missingFile } from "./NearNames.ts"
import { type Refusal, refuse, refused } from "./Outcome.ts"
import { reach } from "./Reach.ts"
import { saveFile } from "./SaveFile.ts"
import { binaryKind, decodeText, encodeText, plainFormat } from "./TextEncoding.ts"
import { lineCounts, unifiedDiff } from "./UnifiedDiff.ts"

/** A file as a plan sees it. */
export interface Before {
  /** Its name for messages. */
  readonly shown: string
  /** Its text without byte order mark; undefined when there is no file. */
  readonly text: string | undefined
  /** What the model knows of it when that is not its content of now: nothing, or an older one. */
  readonly knowledge?: "unread" | "stale"
}

/** The file's whole new text and what to tell the model. */
export interface Change {
  readonly text: string
  readonly output: string
  readonly matched?: NonNullable<ToolMeta["matched"]>
}

/** Decides a change from the file as it is now. Pure, so that the preview and the call come from the same decision. */
export type Plan = (before: Before) => Result.Result<Change, Refusal>

interface Loaded {
  readonly absolute: string
  readonly before: Before
  readonly format: typeof plainFormat
  /** Mode bits, content and its hash; undefined when there is no file. */
  readonly mode?: number
  readonly bytes?: Uint8Array
  readonly hash?: string
  /** Other names of the same file (hard links). */
  readonly names: ReadonlyArray<string>
}

interface Prepared extends Loaded {
  readonly change: Change
}

const MODE_BITS = 0o7777
const WRITE_BITS = 0o222

/** Resolves the path and loads what is there; nothing is changed. `whenMissing` is the advice for a file that must be there. */
const load = Effect.fnUntraced(function*(absolute: string, whenMissing: string | undefined) {
  const fs = yield* FileSystem.FileSystem
  const workspace = yield* Workspace
  const memory = yield* ToolMemory
  const shown = workspace.relative(absolute)
  const info = Option.getOrUndefined(yield* Effect.option(fs.stat(absolute)))
  if (info === undefined) {
    if (whenMissing !== undefined) return yield* refuse(yield* missingFile(shown, whenMissing))
    const none: Loaded = { absolute, before: { shown, text: undefined }, format: plainFormat, names: [] }
    return none
  }
  if (info.type === "Directory") return yield* refuse(`${shown} is a folder; give the path of a file in it`)
  if (info.type !== "File") return yield* refuse(`${shown} is no regular file; it cannot be changed as text`)
  if (ByteSize.toBigInt(info.size) > BigInt(MAX_EDIT_BYTES)) {
    return yield* refuse(`${shown} is larger than ${MAX_EDIT_BYTES} bytes; change it with a command`)
  }
  const mode = info.mode & MODE_BITS
  if ((mode & WRITE_BITS) === 0 || !(yield* Effect.isSuccess(fs.access(absolute, { writable: true })))) {
    return yield* refuse(
      `${shown} is read-only (mode ${
        mode.toString(8)
      }); ask the user whether it may be changed, then allow it with chmod`
    )
  }
  const names = yield* otherNames(absolute, info)
  const bytes = yield* Effect.scoped(Effect.flatMap(anchor(absolute, shown), (handle) => fs.readFile(handle))).pipe(
    Effect.catchTag(
      "PlatformError",
      (error) => refuse(`${shown} cannot be read (${error.reason._tag}); check its permissions`)
    )
  )
  const decoded = binaryKind(bytes) === undefined ? decodeText(bytes) : undefined
  if (decoded === undefined) {
    return yield* refuse(`${shown} is not text in UTF-8 or UTF-16; it can only be changed with a command`)
  }
  const hash = contentHash(bytes)
  const seen = yield* memory.seen(absolute)
  // Nothing can be lost in an empty file.
  const known = seen === hash || bytes.length === 0
  const before: Before = known
    ? { shown, text: decoded.text }
    : { shown, text: decoded.text, knowledge: seen === undefined ? "unread" : "stale" }
  const loaded: Loaded = { absolute, before, format: decoded.format, mode, bytes, hash, names }
  return loaded
})

const prepare = Effect.fnUntraced(function*(absolute: string, plan: Plan, whenMissing: string | undefined) {
  const loaded = yield* load(absolute, whenMissing)
  const change = yield* Effect.fromResult(plan(loaded.before))
  const prepared: Prepared = { ...loaded, change }
  return prepared
})

/** Stands for the file that a preview was worked out from: where the path leads, whether it is there, content and mode. */
const basisOf = ({ absolute, hash, mode, names }: Loaded): string =>
  contentHash(JSON.stringify([absolute, hash ?? null, mode ?? null, names]))

const changed = (path: string): ToolResult => {
  const reason = `${path} changed after this call was shown, so nothing was done; look at it again`
  return { output: reason, success: false, feedback: reason, outdated: true }
}

const make = Effect.fnUntraced(function*(prepared: Prepared) {
  const { absolute, before, change, format, hash } = prepared
  const memory = yield* ToolMemory
  const bytes = encodeText(change.text, format)
  const kept = yield* Effect.result((yield* Checkpoints).keep({
    path: before.shown,
    before: prepared.bytes === undefined || hash === undefined ? undefined : { bytes: prepared.bytes, hash },
    after: contentHash(bytes)
  }))
  yield* saveFile(absolute, before.shown, bytes, hash).pipe(
    Effect.onError(() => Result.isSuccess(kept) ? kept.success : Effect.void),
    Effect.catchTag(
      "PlatformError",
      (error) => refuse(`${before.shown} could not be written (${error.reason._tag}); check its folder and permissions`)
    )
  )
  yield* memory.saw(absolute, contentHash(bytes))
  const meta: ToolMeta = {
    path: before.shown,
    ...lineCounts(unifiedDiff(before.shown, before.text, change.text)),
    ...(change.matched === undefined ? {} : { matched: change.matched })
  }
  const unkept = Result.isSuccess(kept)
    ? {}
    : { feedback: `/undo cannot take this back: its old content could not be kept (${kept.failure.message})` }
  return { output: change.output, success: true, ...unkept, meta } satisfies ToolResult
})

/**
 * Makes the planned change. The one place where the file tools read, decide and write: one file at a time, and only when
 * `basis`, if given, still holds.
 */
export const changeFile = (path: string, plan: Plan, whenMissing?: string, basis?: string) =>
  Effect.gen(function*() {
    const memory = yield* ToolMemory
    const found = yield* Effect.result(reach(path, "write"))
    if (Result.isFailure(found)) return basis === undefined ? yield* found.failure : changed(path)
    const absolute = found.success
    return yield* memory.alone(absolute)(Effect.gen(function*() {
      if (basis !== undefined) {
        const now = yield* Effect.option(load(absolute, whenMissing))
        if (Option.isNone(now) || basisOf(now.value) !== basis) return changed(path)
      }
      return yield* Effect.flatMap(prepare(absolute, plan, whenMissing), make)
    }))
  }).pipe(
    Effect.catchTags({
      Refusal: (refusal) => Effect.succeed(refused(refusal)),
      Moved: ({ reason }) => Effect.succeed(basis === undefined ? refused({ reason }) : changed(path))
    })
  )

/** The planned change as a diff, or the reason why it would be refused. */
export const previewChange = (path: string, plan: Plan, whenMissing?: string) =>
  reach(path, "write").pipe(
    Effect.flatMap((absolute) => prepare(absolute, plan, whenMissing)),
    Effect.map((prepared): Prospect => {
      const { before, change, names } = prepared
      const preview = unifiedDiff(before.shown, before.text, change.text)
      const also = names.length === 0 ? [] : [`The same file as ${names.join(", ")} (hard link): all of them change.`]
      return {
        _tag: "WouldRun",
        preview: also.length > 0 ? { ...preview, notes: also } : preview,
        basis: basisOf(prepared)
      }
    }),
    Effect.catchTag(["Refusal", "Moved"], (refusal) =>
      Effect.succeed<Prospect>({ _tag: "WouldFail", result: refused(refusal) }))
  )
