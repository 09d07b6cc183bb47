import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { Buffer } from "node:buffer"
import type { FoundLine } from "../../core/FileSearch.ts"
import { anchor } from "../common/Anchor.ts"
import { MAX_EDIT_BYTES } from "../common/Limits.ts"
import { binaryKind, BOM_BYTES, continues, formatOf, SNIFF_BYTES } from "../common/TextEncoding.ts"
import { aroundMatch } from "./AroundMatch.ts"

const NEWLINE = 0x0a
/** Bytes read before and after a match, which is more than is shown of a line. */
const BEFORE = 2048
const AFTER = 4096
/** Bytes in which lines before and after one are looked for. */
const AROUND = 32_768

/** Reads a part of a text, in bytes of it as UTF-8; shorter at its end. */
type Part = (from: number, to: number) => Effect.Effect<Buffer>

const decoded = (bytes: Buffer): string => {
  let start = 0
  while (start < 4 && continues(bytes[start])) start += 1
  return bytes.toString("utf8", start).replace(/\r$/, "").replace(/\ufffd+$/, "")
}

/** Parts of a file that is open; undefined for binary files. */
const partsOf = Effect.fnUntraced(function*(handle: string) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.open(handle, { flag: "r" })
  const read = (from: number, to: number): Effect.Effect<Buffer> =>
    file.readAlloc(Math.max(0, to - from), { position: BigInt(from) }).pipe(
      Effect.map(Option.match({ onNone: () => Buffer.alloc(0), onSome: (bytes) => Buffer.from(bytes) })),
      Effect.orElseSucceed(() => Buffer.alloc(0))
    )
  const head = yield* read(0, SNIFF_BYTES)
  if (binaryKind(head) !== undefined) return undefined
  const { bom, encoding } = formatOf(head)
  if (encoding === "utf-8") {
    const skip = bom ? BOM_BYTES : 0
    const part: Part = (from, to) => read(skip + from, skip + to)
    return part
  }
  if (ByteSize.toBigInt((yield* file.stat).size) > BigInt(MAX_EDIT_BYTES)) return undefined
  const text = Buffer.from(new TextDecoder(encoding).decode(yield* fs.readFile(handle)), "utf8")
  const part: Part = (from, to) => Effect.succeed(text.subarray(from, to))
  return part
})

/** A line as it is shown; undefined where no line begins there any more. */
const matchAt = Effect.fnUntraced(function*(part: Part, { column, offset }: FoundLine) {
  const before = offset === 0 ? NEWLINE : (yield* part(offset - 1, offset))[0]
  if (before !== NEWLINE) return undefined
  const start = offset + Math.max(0, column - BEFORE)
  const window = yield* part(start, offset + column + AFTER)
  const newline = window.indexOf(NEWLINE, offset + column - start)
  const line = newline === -1 ? window : window.subarray(0, newline)
  const at = decoded(line.subarray(0, offset + column - start)).length
  return { text: aroundMatch(decoded(line), at), end: newline === -1 ? undefined : start + newline }
})

/** The lines before and after one, up to `context` each, with their numbers. */
const around = Effect.fnUntraced(function*(part: Part, found: FoundLine, end: number | undefined, context: number) {
  const first = Math.max(0, found.offset - AROUND)
  const above = (yield* part(first, Math.max(0, found.offset - 1))).toString("utf8").split("\n")
  const before = found.line === 1 ? [] : above.slice(-Math.min(context, found.line - 1))
  const below = end === undefined ? [] : (yield* part(end + 1, end + 1 + AROUND)).toString("utf8").split("\n")
  // What stands after the last line break of a text is no line.
  const after = (below.at(-1) === "" ? below.slice(0, -1) : below).slice(0, context)
  const line = (text: string) => aroundMatch(text.replace(/\r$/, ""), 0)
  return [
    ...before.map((text, index) => [found.line - before.length + index, line(text)] as const),
    ...after.map((text, index) => [found.line + 1 + index, line(text)] as const)
  ]
})

/** Lines of one file as they are now: those that match, and those around them. */
export interface ShownLines {
  readonly matches: ReadonlyMap<number, string>
  readonly around: ReadonlyMap<number, string>
}

/**
 * Reads the lines that a search found in one file, from the very file of that name below the searched folder: whoever made a
 * folder on the way a link meanwhile does not lead us elsewhere. Of a file that changed since, lines are left out.
 */
export const readLines = Effect.fnUntraced(
  function*(file: string, found: ReadonlyArray<FoundLine>, context: number) {
    const matches = new Map<number, string>()
    const others = new Map<number, string>()
    const part = yield* partsOf(yield* anchor(file, file))
    for (const each of part === undefined ? [] : found) {
      const line = part === undefined ? undefined : yield* matchAt(part, each)
      if (part === undefined || line === undefined) continue
      matches.set(each.line, line.text)
      if (context === 0) continue
      for (const [number, text] of yield* around(part, each, line.end, context)) others.set(number, text)
    }
    const shown: ShownLines = { matches, around: others }
    return shown
  },
  Effect.scoped,
  Effect.orElseSucceed((): ShownLines => ({ matches: new Map(), around: new Map() }))
)
