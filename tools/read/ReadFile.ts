import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Workspace } from "../../core/Workspace.ts"
import { MAX_LINE_LENGTH, MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { missingFile } from "../common/NearNames.ts"
import { count, refuse, succeeded } from "../common/Outcome.ts"
import { binaryKind, formatOf, SNIFF_BYTES } from "../common/TextEncoding.ts"
import { LineWindow, type Window } from "./LineWindow.ts"

const BOM_BYTES = 3

/** The window as text, with the closing line that says where the file ends or how to go on. */
export const renderWindow = (shown: string, window: Window, offset: number) => {
  if (window.total === 0) return succeeded("(empty file)")
  if (window.shown.length === 0) {
    return refuse(`offset ${offset} is past the end: ${shown} has ${count(window.total, "line")}`)
  }
  const last = offset + window.shown.length - 1
  const notes = window.invalid
    ? ["(some bytes are not UTF-8 and are shown as \ufffd; this file cannot be edited as text)"]
    : []
  const end = last === window.total
    ? `(end of file, ${count(window.total, "line")})`
    : `(lines ${offset} to ${last} of ${window.total}; continue with offset ${last + 1})`
  return succeeded([...window.shown, ...notes, end].join("\n"))
}

const listFolder = Effect.fnUntraced(function*(absolute: string) {
  const fs = yield* FileSystem.FileSystem
  const entries = yield* fs.readDirectoryEntries(absolute)
  const names = entries.map((entry) => entry.type === "Directory" ? `${entry.name}/` : entry.name).sort()
  const cut = names.length > MAX_LINES ? `(folder, first ${MAX_LINES} of ${names.length} entries)` : undefined
  const end = cut ?? `(folder, ${names.length} ${names.length === 1 ? "entry" : "entries"})`
  return succeeded([...names.slice(0, MAX_LINES), end].join("\n"))
})

/** Streams a UTF-8 file through the window; a UTF-16 one is decoded as a whole first. */
const readWindow = Effect.fnUntraced(function*(absolute: string, head: Uint8Array, window: LineWindow) {
  const fs = yield* FileSystem.FileSystem
  const format = formatOf(head)
  if (format.encoding !== "utf-8") {
    const text = new TextDecoder(format.encoding).decode(yield* fs.readFile(absolute))
    window.push(new TextEncoder().encode(text))
    return window.finish()
  }
  yield* fs.stream(absolute, format.bom ? { offset: ByteSize.bytes(BOM_BYTES) } : {}).pipe(
    Stream.runForEach((chunk) => Effect.sync(() => window.push(chunk)))
  )
  return window.finish()
})

/** Reads one file or lists one folder; see the tool's description for the form of the answer. */
export const readFile = Effect.fn("tool.read")(
  function*(path: string, from: number | undefined, most: number | undefined) {
    const fs = yield* FileSystem.FileSystem
    const workspace = yield* Workspace
    const absolute = yield* workspace.resolve(path, "read").pipe(Effect.mapError((error) => refuse(error.message)))
    const shown = workspace.relative(absolute)
    const info = Option.getOrUndefined(yield* Effect.option(fs.stat(absolute)))
    if (info === undefined) return yield* refuse(yield* missingFile(shown, "find the right path with glob"))

    return yield* Effect.gen(function*() {
      if (info.type === "Directory") return yield* listFolder(absolute)
      if (info.type !== "File") return yield* refuse(`${shown} is no regular file; read another one`)
      const head = yield* fs.stream(absolute, { bytesToRead: ByteSize.bytes(SNIFF_BYTES) }).pipe(
        Stream.runFold(() => new Uint8Array(), (all, chunk) => Uint8Array.from([...all, ...chunk]))
      )
      const kind = binaryKind(head)
      if (kind !== undefined) return succeeded(`(binary file: ${kind}, ${count(Number(info.size), "byte")})`)
      // 0 is taken for 1: callers that count from 0 mean the first line.
      const offset = Math.max(1, from ?? 1)
      const lines = Math.min(most ?? MAX_LINES, MAX_LINES)
      const window = new LineWindow({ offset, lines, lineLength: MAX_LINE_LENGTH, bytes: MAX_OUTPUT_BYTES })
      const rendered = renderWindow(shown, yield* readWindow(absolute, head, window), offset)
      return "_tag" in rendered ? yield* rendered : rendered
    }).pipe(
      Effect.catchTag(
        "PlatformError",
        (error) => refuse(`${shown} cannot be read (${error.reason._tag}); check its permissions`)
      )
    )
  }
)
