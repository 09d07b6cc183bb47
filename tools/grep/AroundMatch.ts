import { MAX_MATCH_LENGTH } from "../common/Limits.ts"

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** At most `MAX_MATCH_LENGTH` units of a line, around the match at `at`; `…` marks what was left out. */
export const aroundMatch = (line: string, at: number): string => {
  if (line.length <= MAX_MATCH_LENGTH) return line
  let start = Math.max(0, Math.min(at - MAX_MATCH_LENGTH / 4, line.length - MAX_MATCH_LENGTH))
  let end = start + MAX_MATCH_LENGTH
  start = Math.floor(start)
  end = Math.floor(end)
  if (isLow(line.charCodeAt(start))) start += 1
  if (end < line.length && isLow(line.charCodeAt(end))) end -= 1
  return `${start > 0 ? "…" : ""}${line.slice(start, end)}${end < line.length ? "…" : ""}`
}
