import * as ByteSize from "effect/ByteSize"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { Buffer } from "node:buffer"
import {
  FileSearch,
  type FoundLine,
  type LinePattern,
  type SearchEnd,
  type SearchScope
} from "../../core/FileSearch.ts"
import { projectFiles } from "../../core/workspace/ProjectFiles.ts"
import { anchor } from "../common/Anchor.ts"
import { MAX_FOUND_FILES, MAX_SEARCH_BYTES, SEARCH_SECONDS } from "../common/Limits.ts"
import { binaryKind, BOM_BYTES, formatOf } from "../common/TextEncoding.ts"
import { lineMatcher, linePattern } from "./LineMatcher.ts"

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** A file's text as UTF-8 without byte order mark; undefined for binary files. */
const textOf = (bytes: Uint8Array): Buffer | undefined => {
  if (binaryKind(bytes) !== undefined) return undefined
  const { bom, encoding } = formatOf(bytes)
  if (encoding !== "utf-8") return Buffer.from(new TextDecoder(encoding).decode(bytes), "utf8")
  return Buffer.from(bytes).subarray(bom ? BOM_BYTES : 0)
}

interface Line {
  readonly offset: number
  readonly text: string
}

/** The lines of a text without their line breaks. */
const linesOf = (text: Buffer): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  for (let offset = 0; offset < text.length;) {
    const newline = text.indexOf(NEWLINE, offset)
    const end = newline === -1 ? text.length : newline
    const shown = newline > offset && text[newline - 1] === CARRIAGE_RETURN ? newline - 1 : end
    lines.push({ offset, text: text.toString("utf8", offset, shown) })
    offset = end + 1
  }
  return lines
}

/** The order in which ripgrep walks: folder by folder, names by their bytes. */
const inTreeOrder = (a: string, b: string): number => {
  const [one, other] = [a.split("/"), b.split("/")]
  for (const [index, name] of one.entries()) {
    const against = other[index]
    if (against === undefined) return 1
    const order = Buffer.compare(Buffer.from(name), Buffer.from(against))
    if (order !== 0) return order
  }
  return one.length - other.length
}

/**
 * Searches in this process, where there is no ripgrep: slower, with JavaScript's regular expressions, and without files over
 * `MAX_SEARCH_BYTES`.
 */
export const builtIn: Layer.Layer<FileSearch, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  FileSearch,
  Effect.gen(function*() {
    const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
    const fs = yield* FileSystem.FileSystem

    const below = ({ base, folder, ignored, root }: SearchScope) =>
      folder
        ? Effect.provideContext(projectFiles(root, base, { ignored }), services)
        : Effect.succeed([{ path: base, absolute: base, link: false }])

    const readText = Effect.fnUntraced(
      function*(file: string) {
        const handle = yield* anchor(file, file)
        const { size } = yield* fs.stat(handle)
        if (ByteSize.toBigInt(size) > BigInt(MAX_SEARCH_BYTES)) return "unread" as const
        return textOf(yield* fs.readFile(handle))
      },
      Effect.scoped,
      Effect.orElseSucceed(() => "unread" as const),
      Effect.provideContext(services)
    )

    const lines = Effect.fn("FileSearch.lines")(function*(
      scope: SearchScope,
      given: LinePattern,
      wanted: (file: string) => boolean,
      limit: number
    ) {
      const match = lineMatcher(yield* linePattern(given))
      const start = yield* Clock.currentTimeMillis
      const found: Array<FoundLine> = []
      let unread = 0
      const result = (end: SearchEnd) => ({ lines: found, unread, end })
      const files = (yield* below(scope)).toSorted((a, b) => inTreeOrder(a.path, b.path))
      for (const { absolute: file, link } of files) {
        if (link || !wanted(file)) continue
        if ((yield* Clock.currentTimeMillis) - start > SEARCH_SECONDS * 1000) return result("time")
        const text = yield* readText(file)
        if (text === "unread") unread += 1
        if (text === undefined || text === "unread") continue
        const all = linesOf(text)
        const places = yield* match(all.map((line) => line.text), file)
        for (const [index, { offset, text: line }] of all.entries()) {
          const at = places[index] ?? -1
          if (at === -1) continue
          if (found.length === limit) return result("limit")
          found.push({ file, line: index + 1, offset, column: Buffer.byteLength(line.slice(0, at)) })
        }
      }
      return result("complete")
    })

    return FileSearch.of({
      files: Effect.fn("FileSearch.files")(function*(scope: SearchScope, links: boolean) {
        const files = (yield* below(scope)).flatMap(({ absolute, link }) => link && !links ? [] : [absolute])
        return files.length > MAX_FOUND_FILES
          ? { files: files.slice(0, MAX_FOUND_FILES), end: "limit" as const }
          : { files, end: "complete" as const }
      }),
      lines
    })
  })
)
