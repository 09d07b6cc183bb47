import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { protectionOf } from "../../core/permissions/Protected.ts"
import { lineTexts } from "../common/Lines.ts"
import { MAX_MATCHES, MAX_SEARCH_BYTES } from "../common/Limits.ts"
import { count, refuse, succeeded } from "../common/Outcome.ts"
import { lookAt, type Place } from "../common/SeenPath.ts"
import { searchBase, WHEN_MISSING } from "../common/SearchBase.ts"
import { binaryKind, decodeText } from "../common/TextEncoding.ts"
import { lineMatcher } from "./MatchLines.ts"
import { aroundMatch, searchPattern } from "./SearchPattern.ts"

/** Text of a file to search; undefined for binary files; "large" and "unreadable" are reported. */
const textOf = Effect.fnUntraced(function*(absolute: string) {
  const fs = yield* FileSystem.FileSystem
  const info = yield* fs.stat(absolute)
  if (ByteSize.toBigInt(info.size) > BigInt(MAX_SEARCH_BYTES)) return { skipped: true, text: "" }
  const bytes = yield* fs.readFile(absolute)
  if (binaryKind(bytes) !== undefined) return { skipped: false, text: "" }
  return { skipped: false, text: decodeText(bytes)?.text ?? new TextDecoder().decode(bytes) }
}, Effect.orElseSucceed(() => ({ skipped: true, text: "" })))

/** Searches file contents line by line and stops at the limit. Links are not searched: their target is, under its own name. */
export const searchContents = Effect.fn("tool.grep")(
  (pattern: string, path: string | undefined, basis: string | undefined) =>
    lookAt(path ?? ".", WHEN_MISSING, basis, (place) => searchBelow(pattern, place))
)

const searchBelow = Effect.fnUntraced(function*(given: string, place: Place) {
  if (given === "") return yield* refuse("the pattern is empty; give a regular expression")
  const pattern = yield* Effect.fromResult(searchPattern(given)).pipe(
    Effect.mapError((problem) =>
      refuse(`the pattern is not a regular expression (${problem}); escape special characters`)
    )
  )
  const { files } = yield* searchBase(place)
  const matchLines = lineMatcher(pattern)
  const found: Array<string> = []
  let skipped = 0
  let secret = 0
  search: for (const file of files) {
    if (file.link) continue
    // A secret is shown only to who names it, since that is what permissions ask about.
    if (file.absolute !== place.absolute && protectionOf(file.path.split("/"))?.kind === "secret") {
      secret += 1
      continue
    }
    const content = yield* textOf(file.absolute)
    if (content.skipped) skipped += 1
    const lines = lineTexts(content.text)
    const places = yield* matchLines(lines, file.path)
    for (const [index, line] of lines.entries()) {
      const at = places[index] ?? -1
      if (at === -1) continue
      if (found.length === MAX_MATCHES) {
        found.push(`(first ${MAX_MATCHES} matches; there are more: narrow the pattern or the path)`)
        break search
      }
      found.push(`${file.path}:${index + 1}: ${aroundMatch(line, at)}`)
    }
  }
  const notes = [
    ...(skipped === 0 ? [] : [`(${count(skipped, "file")} too large or unreadable, not searched)`]),
    ...(secret === 0 ? [] : [`(${count(secret, "file")} with secrets not searched; name one to search it)`])
  ]
  return succeeded([...(found.length === 0 ? ["No matches."] : found), ...notes].join("\n"))
})
