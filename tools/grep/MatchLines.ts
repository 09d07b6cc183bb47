import * as Effect from "effect/Effect"
import { createContext, Script } from "node:vm"
import { MATCH_SECONDS } from "../common/Limits.ts"
import { refuse } from "../common/Outcome.ts"

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
      catch: () =>
        refuse(
          `the pattern takes longer than ${MATCH_SECONDS} s on ${where}; avoid repeats inside repeats, as in (a+)+, or `
            + "narrow the path"
        )
    })
}
