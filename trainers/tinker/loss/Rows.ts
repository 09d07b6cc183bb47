import type { Scores } from "../../../core/LoraBackend.ts"

/** Log-probabilities of some tokens at one position, the likeliest first. */
export type Row = ReadonlyMap<number, number>

/** What is known at each position of a completion: the likeliest tokens, if they were listed, and the token itself. */
export const rowsOf = (scores: Scores, completionIds: ReadonlyArray<number>): ReadonlyArray<Row> =>
  completionIds.map((id, t) => {
    const row = new Map((scores.topK?.[t] ?? []).map((entry) => [entry.id, entry.logProb]))
    if (!row.has(id)) row.set(id, scores.logProbs[t]!)
    return row
  })

/** The first row with the second's further tokens. */
export const joined = (row: Row, more: Row): Row => new Map([...row, ...[...more].filter(([id]) => !row.has(id))])

/** A token that one side lists and the other does not matters when it has at least this probability. */
export const WORTH_ASKING = 0.01

/** Tokens that `row` lists with a noticeable probability and `other` does not know. */
export const unknownTo = (other: Row, row: Row): ReadonlyArray<number> =>
  [...row].filter(([id, logProb]) => !other.has(id) && Math.exp(logProb) >= WORTH_ASKING).map(([id]) => id)

/** Both sides of a divergence, for the tokens it is taken over. */
export interface Support {
  readonly ids: ReadonlyArray<number>
  readonly student: ReadonlyArray<number>
  readonly teacher: ReadonlyArray<number>
  readonly whole: boolean
}

/**
 * The tokens a divergence is taken over: when both rows are whole, the student's `topK` likeliest (or all); else every token
 * that both sides know.
 */
export const supportOf = (
  student: Row,
  teacher: Row,
  vocabularySize: number,
  topK: number | undefined
): Support => {
  const known = student.size >= vocabularySize && teacher.size >= vocabularySize
  const ids = known
    ? [...student.keys()].slice(0, topK)
    : [...student.keys()].filter((id) => teacher.has(id))
  return {
    ids,
    student: ids.map((id) => student.get(id)!),
    teacher: ids.map((id) => teacher.get(id)!),
    whole: ids.length >= vocabularySize
  }
}
