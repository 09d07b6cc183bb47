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

/** Both sides of a divergence, for the tokens it is taken over. */
export interface Support {
  readonly ids: ReadonlyArray<number>
  readonly student: ReadonlyArray<number>
  readonly teacher: ReadonlyArray<number>
  readonly whole: boolean
  /**
   * Tokens that only the teacher lists, by log-probability. The student's own is below that of all it lists, and not known.
   * The one divergence whose slope there does not vanish with it is forward KL: g = -q + p Q / P, nearly -q.
   */
  readonly only: ReadonlyArray<readonly [id: number, logProb: number]>
}

/**
 * The tokens a divergence is taken over: when both rows are whole, the student's `topK` likeliest (or all); else every token
 * that both sides know, and what only the teacher lists beside them.
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
    whole: ids.length >= vocabularySize,
    only: known ? [] : [...teacher].filter(([id]) => !student.has(id))
  }
}
