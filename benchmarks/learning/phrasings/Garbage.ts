import type { Phrasing, PhrasingSet } from "./Phrasing.ts"
import type { Judged, Row } from "./Row.ts"

/** In so many rows the untaught model must write a word before it counts as one of its own. */
const OWN_IN = 2

const wordsOf = (text: string): ReadonlyArray<string> =>
  Array.from(text.toLowerCase().matchAll(/[\p{L}\p{N}]{3,}/gu), ([word]) => word)

/** The words in a call's arguments, names of arguments left out. */
const written = ({ call }: Judged): ReadonlyArray<string> =>
  Object.values(call?.arguments ?? {}).flatMap((value) => wordsOf(String(value)))

/** What the untaught model wrote for one row. */
const untaught = ({ first, told }: Row): ReadonlyArray<string> =>
  [first, ...(told === undefined ? [] : [told.retry, told.againFirst, told.againRetry])].flatMap(written)

/** Everything that was said in a row's sessions or lies in its projects, and a call that the person would have liked. */
const said = ({ again, correction, example, task, workspace }: Phrasing, { workspaces }: PhrasingSet): string =>
  JSON.stringify([
    task,
    again.task,
    correction,
    example,
    again.example,
    workspaces[workspace],
    workspaces[again.workspace ?? workspace]
  ]).toLowerCase()

/** Programs and what they are told to do: the first two words of the commands that people would have liked. */
const programs = ({ rows }: PhrasingSet): ReadonlySet<string> =>
  new Set(
    rows.flatMap(({ again, example }) =>
      [example, again.example].flatMap((call) =>
        wordsOf(String(call.arguments["command"] ?? "").split(" ").slice(0, 2).join(" "))
      )
    )
  )

/**
 * Tells garbage: a call that cannot run, or with a word in its arguments that nobody wrote. Somebody wrote what stands in the
 * conversations and projects of the row, in its correction and in the example of a wanted call; programs are known by name;
 * and a word that the model writes untaught in at least two rows where nobody said it is its own.
 */
export const makeGarbage = (set: PhrasingSet, rows: ReadonlyArray<Row>) => {
  const texts = new Map(set.rows.map((phrasing) => [phrasing.id, said(phrasing, set)]))
  const known = programs(set)
  const own = new Map<string, number>()
  for (const row of rows) {
    const text = texts.get(row.id) ?? ""
    for (const word of new Set(untaught(row))) {
      if (!text.includes(word)) own.set(word, (own.get(word) ?? 0) + 1)
    }
  }
  /** Why a turn is garbage, if it is. */
  return (id: string, judged: Judged): string | undefined => {
    if (judged.problem !== undefined) return judged.problem
    const text = texts.get(id) ?? ""
    const strange = written(judged).find((word) =>
      !text.includes(word) && !known.has(word) && (own.get(word) ?? 0) < OWN_IN
    )
    return strange === undefined ? undefined : `nobody wrote "${strange}"`
  }
}
