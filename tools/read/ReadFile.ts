import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { ToolMemory } from "../../core/ToolMemory.ts"
import { anchor } from "../common/Anchor.ts"
import { contentHasher } from "../common/ContentHash.ts"
import { lookAt, type Place } from "../common/SeenPath.ts"
import { MAX_LINE_LENGTH, MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { count, refuse, succeeded } from "../common/Outcome.ts"
import { binaryKind, BOM_BYTES, formatOf, SNIFF_BYTES } from "../common/TextEncoding.ts"
import { LineWindow, type Window } from "./LineWindow.ts"

/** The window as text, with the closing line that says where the file ends or how to go on. */
const renderWindow = (shown: string, window: Window, offset: number) => {
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

/** Streams a UTF-8 file through the window; a UTF-16 one is decoded as a whole first. Gives the hash of its bytes as well. */
const readWindow = Effect.fnUntraced(function*(handle: string, head: Uint8Array, window: LineWindow) {
  const fs = yield* FileSystem.FileSystem
  const format = formatOf(head)
  const hasher = contentHasher()
  if (format.encoding !== "utf-8") {
    const bytes = yield* fs.readFile(handle)
    const text = new TextDecoder(format.encoding).decode(bytes)
    window.push(new TextEncoder().encode(text))
    return { window: window.finish(), hash: hasher.update(bytes).digest("hex") }
  }
  let skip = format.bom ? BOM_BYTES : 0
  yield* fs.stream(handle).pipe(Stream.runForEach((chunk) =>
    Effect.sync(() => {
      hasher.update(chunk)
      window.push(chunk.subarray(skip))
      skip = Math.max(0, skip - chunk.length)
    })
  ))
  return { window: window.finish(), hash: hasher.digest("hex") }
})

export interface Wanted {
  readonly path: string
  /** First line, counted from 1. */
  readonly offset?: number
  /** Most lines. */
  readonly limit?: number
  readonly tags?: boolean
}

/** Advice for a path that leads nowhere. */
export const WHEN_MISSING = "find the right path with glob"

const readPlace = Effect.fnUntraced(function*({ absolute, info, shown }: Place, { limit, offset: from, tags }: Wanted) {
  const fs = yield* FileSystem.FileSystem
  const memory = yield* ToolMemory
  const handle = yield* anchor(absolute, shown)
  if (info.type === "Directory") return yield* listFolder(handle)
  const head = yield* fs.stream(handle, { bytesToRead: ByteSize.bytes(SNIFF_BYTES) }).pipe(
    Stream.runFold(() => new Uint8Array(), (all, chunk) => Uint8Array.from([...all, ...chunk]))
  )
  const kind = binaryKind(head)
  if (kind !== undefined) return succeeded(`(binary file: ${kind}, ${count(Number(info.size), "byte")})`)
  // 0 is taken for 1: callers that count from 0 mean the first line.
  const offset = Math.max(1, from ?? 1)
  const lines = Math.min(limit ?? MAX_LINES, MAX_LINES)
  const limits = { offset, lines, lineLength: MAX_LINE_LENGTH, bytes: MAX_OUTPUT_BYTES, tagged: tags === true }
  const { hash, window } = yield* readWindow(handle, head, new LineWindow(limits))
  const rendered = renderWindow(shown, window, offset)
  if ("_tag" in rendered) return yield* rendered
  yield* memory.saw(absolute, hash)
  return { ...rendered, meta: { path: shown, shown: window.shown.length, total: window.total } }
}, Effect.scoped)

/** Reads one file or lists one folder; see the tool's description for the form of the answer. */
export const readFile = Effect.fn("tool.read")((wanted: Wanted, basis: string | undefined) =>
  lookAt(wanted.path, WHEN_MISSING, basis, (place) => readPlace(place, wanted)).pipe(
    Effect.catchTags({
      PlatformError: (error) => refuse(`${wanted.path} cannot be read (${error.reason._tag}); check its permissions`),
      Moved: ({ reason }) => refuse(reason)
    })
  )
)
