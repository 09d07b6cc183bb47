import * as Effect from "effect/Effect"
import { escape } from "effect/RegExp"
import { createContext, Script } from "node:vm"
import { FileSearchError, type LinePattern } from "../../core/FileSearch.ts"
import { messageOf } from "../../core/MessageOf.ts"
import { MATCH_SECONDS } from "../common/Limits.ts"

const inlineFlags = /^\(\?([ims]+)\)/

/** A pattern as JavaScript has it; a leading `(?i)`, common elsewhere, is understood. */
export const linePattern = ({ literal, text }: LinePattern): Effect.Effect<RegExp, FileSearchError> => {
  if (literal) return Effect.succeed(new RegExp(escape(text)))
  const flags = inlineFlags.exec(text)
  return Effect.try({
    try: () => new RegExp(flags === null ? text : text.slice(flags[0].length), flags?.[1] ?? ""),
    catch: (cause) =>
      new FileSearchError({
        reason: "Pattern",
        message: messageOf(cause).replace(/^Invalid regular expression: /, ""),
        cause
      })
  })
}

const script = new Script("lines.map((line) => line.search(pattern))")

/**
 * A function that says where the pattern matches in each line first; -1 where it does not. Some patterns (`(a+)+$`) need longer
 * than anybody waits, and a regular expression can only be stopped from outside: `node:vm` does that, here and under Deno.
 */
export const lineMatcher = (pattern: RegExp) => {
  const scope: { readonly pattern: RegExp; lines: ReadonlyArray<string> } = { pattern, lines: [] }
  const context = createContext(scope)
  return (lines: ReadonlyArray<string>, where: string) =>
    Effect.try({
      try: (): ReadonlyArray<number> => {
        scope.lines = lines
        return script.runInContext(context, { timeout: MATCH_SECONDS * 1000 })
      },
      catch: (cause) =>
        new FileSearchError({
          reason: "Slow",
          message: `longer than ${MATCH_SECONDS} s on ${where.slice(where.lastIndexOf("/") + 1)}`,
          cause
        })
    })
}
