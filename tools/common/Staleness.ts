import type { Before } from "./FileChange.ts"
import { neighbourhood } from "./Lines.ts"
import { type Refusal, refuse } from "./Outcome.ts"

/**
 * Why a change cannot be made by a model that does not know what is in the file now. A file that it never saw has to be read
 * first; of one that changed since, the lines in question (1-based, inclusive) are shown as they are.
 */
export const notCurrent = (
  { knowledge, shown }: Before,
  lines: ReadonlyArray<string>,
  first: number,
  last: number,
  why: string
): Refusal =>
  knowledge === "stale"
    ? refuse(
      `${shown} has changed since it was read, and ${why}; read it again`,
      neighbourhood(lines, Math.min(Math.max(1, first), lines.length), Math.min(last, lines.length))
    )
    : refuse(`${shown} has not been read yet, and ${why}; read it first`)
