import * as Effect from "effect/Effect"
import { FileSearch, type FoundLine, type LinePattern, type SearchScope } from "../../core/FileSearch.ts"
import { protectionOf } from "../../core/permissions/Protected.ts"
import { Workspace } from "../../core/Workspace.ts"
import { globMatcher } from "../common/Glob.ts"
import { MAX_MATCHES } from "../common/Limits.ts"
import { count, refuse, succeeded } from "../common/Outcome.ts"
import { lookAt, type Place } from "../common/SeenPath.ts"
import { belowBase, isBelow, searchRefusal, searchScope, TIME_IS_UP, WHEN_MISSING } from "../common/SearchBase.ts"
import { readLines, type ShownLines } from "./ReadLines.ts"

/** What to look for. */
export interface Wanted {
  readonly pattern: string
  readonly path?: string
  /** Glob of the files to search. */
  readonly include?: string
  /** Lines to show before and after each match. */
  readonly context?: number
  /** The pattern is plain text. */
  readonly literal?: boolean
}

/** Searches file contents line by line and stops at the limit. Links are not searched: their target is, under its own name. */
export const searchContents = Effect.fn("tool.grep")((wanted: Wanted, basis: string | undefined) =>
  lookAt(wanted.path ?? ".", WHEN_MISSING, basis, (place) => searchBelow(wanted, place))
)

const byFile = (lines: ReadonlyArray<FoundLine>): ReadonlyArray<readonly [string, ReadonlyArray<FoundLine>]> => [
  ...Map.groupBy(lines, ({ file }) => file)
]

/** The lines of one file as text; `--` stands where some are left out. */
const shownText = (path: string, { around, matches }: ShownLines): ReadonlyArray<string> => {
  const numbers = [...new Set([...matches.keys(), ...around.keys()])].sort((a, b) => a - b)
  return numbers.flatMap((number, index) => {
    const match = matches.get(number)
    const text = match === undefined ? `${path}-${number}- ${around.get(number)}` : `${path}:${number}: ${match}`
    return around.size > 0 && index > 0 && numbers[index - 1] !== number - 1 ? ["--", text] : [text]
  })
}

/** What to say where nothing was found: whether a file that git ignores has something. */
const nothing = Effect.fnUntraced(function*(
  scope: SearchScope,
  pattern: LinePattern,
  searched: (file: string) => boolean
) {
  const search = yield* FileSearch
  const workspace = yield* Workspace
  const { lines: [first] } = yield* search.lines({ ...scope, ignored: true }, pattern, searched, 1)
  return first === undefined || !(yield* isBelow(scope, first.file))
    ? "No matches."
    : `No matches. (Some are in files that git ignores, such as ${
      workspace.relative(first.file)
    }; give one as path to search it)`
})

const searchBelow = Effect.fnUntraced(function*(wanted: Wanted, place: Place) {
  if (wanted.pattern === "") return yield* refuse("the pattern is empty; give a regular expression")
  if (/[\n\0]/.test(wanted.pattern)) {
    return yield* refuse("the pattern has a line break or a NUL in it, and lines are searched one by one; leave it out")
  }
  const search = yield* FileSearch
  const workspace = yield* Workspace
  const scope = yield* searchScope(place)
  const relative = yield* belowBase(scope)
  const included = wanted.include === undefined ? () => true : globMatcher(wanted.include.replace(/^(?:\.\/)+/, ""))
  // A secret is shown only to who names it, since that is what permissions ask about.
  const secret = (file: string) =>
    file !== place.absolute && protectionOf(workspace.relative(file).split("/"))?.kind === "secret"
  const searched = (file: string) => included(relative(file)) && !secret(file)
  const pattern = { text: wanted.pattern, literal: wanted.literal === true }

  const [{ end, lines, unread }, all] = yield* Effect.all([
    search.lines(scope, pattern, searched, MAX_MATCHES),
    search.files(scope, false)
  ], { concurrency: 2 })
  const secrets = all.files.filter(secret).length
  const files = byFile(lines)
  const shown = yield* Effect.forEach(
    files,
    ([file, found]) => readLines(file, found, wanted.context ?? 0),
    { concurrency: 8 }
  )
  const texts = shown.map((each, index) => shownText(workspace.relative(files[index]?.[0] ?? ""), each))
  const separator = (wanted.context ?? 0) > 0 ? "\n--\n" : "\n"
  const text = texts.filter((each) => each.length > 0).map((each) => each.join("\n")).join(separator)
  const nothingFound = text === "" && end === "complete"
  const notes = [
    ...(end === "limit" ? [`(first ${MAX_MATCHES} matches; there are more: narrow the pattern or the path)`] : []),
    ...(end === "time" ? [TIME_IS_UP] : []),
    ...(unread === 0 ? [] : [`(${count(unread, "file")} too large or unreadable, not searched)`]),
    ...(secrets === 0 ? [] : [`(${count(secrets, "file")} with secrets not searched; name one to search it)`])
  ]
  const found = nothingFound ? yield* nothing(scope, pattern, searched) : text === "" ? "No matches so far." : text
  return succeeded([found, ...notes].join("\n"))
}, Effect.catchTag("FileSearchError", (error) => Effect.fail(searchRefusal(error))))
