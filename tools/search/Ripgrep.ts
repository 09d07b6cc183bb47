import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import {
  FileSearch,
  FileSearchError,
  type FoundLine,
  type LinePattern,
  type SearchEnd,
  type SearchScope
} from "../../core/FileSearch.ts"
import { isUnlisted, NEVER_LISTED, projectFiles } from "../../core/workspace/ProjectFiles.ts"
import { MAX_FOUND_FILES, SEARCH_SECONDS } from "../common/Limits.ts"

/** Most that ripgrep's own complaints are kept of, in UTF-16 units. */
const MAX_SAID = 65_536

const ALWAYS = [
  "--no-config",
  "--hidden",
  "--no-require-git",
  "--no-ignore-dot",
  "--color=never",
  ...[...NEVER_LISTED].flatMap((name) => ["--glob", `!**/${name}`])
]

/** Each line that matches as `path NUL line:column:offset:[Omitted …] LF`: its text is read from the file itself. */
const LINES = [
  "--no-heading",
  "--with-filename",
  "--line-number",
  "--column",
  "--byte-offset",
  "--null",
  "--max-columns=1",
  "--crlf",
  "--engine=auto",
  "--sort=path"
]

/** What ripgrep says in its output of files that turn out to be binary. */
const BINARY = /^(?:[^\n]*\(found "\\0" byte around offset \d+\)\n)+/
const PLACE = /^(\d+):(\d+):(\d+):/
const TOO_LONG = /^rg: (.*): PCRE2: error matching: /m

/** How many files ripgrep says it could not read. */
const unreadIn = (said: string): number => said.match(/\(os error \d+\)$/gm)?.length ?? 0

/** What is wrong with a pattern, in ripgrep's words: PCRE2's where only that has what the pattern uses. */
const patternProblem = (said: string): string | undefined => {
  const plain = /^error: (.*)$/m.exec(said)?.[1]
  const pcre = /^PCRE2: error compiling pattern at offset \d+: (.*)$/m.exec(said)?.[1]
  return plain?.includes("not supported") === true ? pcre ?? plain : plain ?? pcre
}

/** Calls `take` with what comes before each separator, until it says that this was enough. */
const pieces = (separator: () => string, take: (piece: string) => boolean) => {
  let kept = ""
  return (text: string): boolean => {
    const all = kept + text
    let start = 0
    for (let end = all.indexOf(separator()); end !== -1; end = all.indexOf(separator(), start)) {
      const piece = all.slice(start, end)
      start = end + 1
      if (!take(piece)) return false
    }
    kept = all.slice(start)
    return true
  }
}

/** Searches with the ripgrep at `program`, version 13 or newer. */
export const ripgrep = (
  program: string
): Layer.Layer<FileSearch, never, FileSystem.FileSystem | Path.Path | ChildProcessSpawner> =>
  Layer.effect(
    FileSearch,
    Effect.gen(function*() {
      const services = yield* Effect.context<FileSystem.FileSystem | Path.Path | ChildProcessSpawner>()
      const path = yield* Path.Path

      const where = Effect.fnUntraced(function*({ base, folder, ignored, root }: SearchScope) {
        const cwd = folder ? base : path.dirname(base)
        const rules = ignored ? ["--no-ignore"] : (yield* isUnlisted(root, cwd)) ? ["--no-ignore-parent"] : []
        return {
          cwd,
          rules,
          target: folder ? "./" : `./${path.basename(base)}`,
          absolute: (shown: string) => path.join(cwd, shown)
        }
      })

      /** Runs ripgrep until `take` has enough, it ends, or the time is up. Gives why it ended and what it complained about. */
      const run = Effect.fnUntraced(function*(
        args: ReadonlyArray<string>,
        cwd: string,
        take: (text: string) => boolean
      ) {
        const handle = yield* ChildProcess.make(program, [...ALWAYS, ...args], { cwd, stdin: "ignore" })
        let said = ""
        let enough = false
        const complaints = yield* handle.stderr.pipe(
          Stream.decodeText,
          Stream.runForEach((text) => Effect.sync(() => void (said = (said + text).slice(0, MAX_SAID)))),
          Effect.forkScoped({ startImmediately: true })
        )
        const ended = yield* handle.stdout.pipe(
          Stream.decodeText,
          Stream.runForEachWhile((text) =>
            Effect.sync(() => {
              enough = !take(text)
              return !enough
            })
          ),
          Effect.andThen(Effect.suspend(() => enough ? Effect.succeed(0) : handle.exitCode)),
          Effect.tap(() => enough ? Effect.void : Fiber.await(complaints)),
          Effect.timeoutOption(Duration.seconds(SEARCH_SECONDS))
        )
        const end: SearchEnd = enough ? "limit" : ended._tag === "None" ? "time" : "complete"
        return { end, said, failed: ended._tag === "Some" && ended.value > 1 }
      }, Effect.scoped)

      const broken = (detail: string, cause?: unknown) =>
        new FileSearchError({
          reason: "Broken",
          message: `ripgrep does not work here (${detail})`,
          ...(cause === undefined ? {} : { cause })
        })
      const unusable = (error: PlatformError) => Effect.fail(broken(error.reason._tag, error))

      const files = Effect.fn("FileSearch.files")(
        function*(scope: SearchScope, links: boolean) {
          if (!scope.folder) return { files: [scope.base], end: "complete" as const }
          const { absolute, cwd, rules, target } = yield* where(scope)
          const found: Array<string> = []
          const { end, failed, said } = yield* run(
            ["--files", "--null", ...rules, "--", target],
            cwd,
            pieces(() => "\0", (file) => found.push(absolute(file)) < MAX_FOUND_FILES)
          )
          if (failed && found.length === 0 && said !== "" && unreadIn(said) === 0)
            return yield* broken(said.slice(0, 200))
          if (!links)
            return { files: found, end }
          // Ripgrep lists none.
          const folders = new Set([cwd])
          for (const file of found) {
            for (let above = path.dirname(file); !folders.has(above); above = path.dirname(above)) folders.add(above)
          }
          const also = yield* projectFiles(scope.root, cwd, { ignored: scope.ignored, linksIn: folders })
          return { files: [...found, ...also.map(({ absolute: link }) => link)], end }
        },
        (search) => Effect.catchTag(search, "PlatformError", unusable),
        Effect.provideContext(services)
      )

      const lines = Effect.fn("FileSearch.lines")(
        function*(
          scope: SearchScope,
          pattern: LinePattern,
          wanted: (file: string) => boolean,
          limit: number
        ) {
          const { absolute, cwd, rules, target } = yield* where(scope)
          const found: Array<FoundLine> = []
          /** The file that the next place belongs to; undefined where the next file is to come. */
          let file: string | undefined
          const take = (piece: string): boolean => {
            if (file === undefined) {
              file = absolute(piece.replace(BINARY, ""))
              return true
            }
            const of = file
            file = undefined
            const [, line, column, offset] = PLACE.exec(piece) ?? []
            if (line === undefined || !wanted(of)) return true
            if (found.length === limit) return false
            found.push({ file: of, line: Number(line), offset: Number(offset), column: Number(column) - 1 })
            return true
          }
          const literal = pattern.literal ? ["--fixed-strings"] : []
          const { end, failed, said } = yield* run(
            [...LINES, ...literal, ...rules, `--regexp=${pattern.text}`, "--", target],
            cwd,
            pieces(() => file === undefined ? "\0" : "\n", take)
          )
          const slow = TOO_LONG.exec(said)?.[1]
          if (slow !== undefined) {
            return yield* new FileSearchError({ reason: "Slow", message: `too long on ${path.basename(slow)}` })
          }
          const unread = unreadIn(said)
          if (failed && unread === 0) {
            const problem = patternProblem(said)
            if (problem === undefined) return yield* broken(said.slice(0, 200))
            return yield* new FileSearchError({ reason: "Pattern", message: problem })
          }
          return { lines: found, unread, end }
        },
        (search) => Effect.catchTag(search, "PlatformError", unusable),
        Effect.provideContext(services)
      )

      return FileSearch.of({ files, lines })
    })
  )
