/** Number of single-character insertions, deletions, substitutions and swaps of neighbours between two words. */
const distance = (a: string, b: string): number => {
  const rows: Array<Array<number>> = []
  for (let i = 0; i <= a.length; i++) {
    const row: Array<number> = []
    for (let j = 0; j <= b.length; j++) {
      const at = (y: number, x: number): number => (y === i ? row[x] : rows[y]?.[x]) ?? 0
      if (i === 0 || j === 0) {
        row.push(i + j)
        continue
      }
      const substituted = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, substituted, swapped))
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

/** The closest of `known` to a mistyped word, when it is close enough to be meant. */
export const closest = (word: string, known: ReadonlyArray<string>): string | undefined => {
  const normal = (text: string) => text.toLowerCase().replaceAll("-", "_")
  const ranked = known
    .map((candidate) => ({ candidate, away: distance(normal(word), normal(candidate)) }))
    .sort((a, b) => a.away - b.away)
  const [best] = ranked
  return best !== undefined && best.away <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined
}

/** ` Did you mean X?`, or nothing. */
export const didYouMean = (word: string, known: ReadonlyArray<string>): string => {
  const meant = closest(word, known)
  return meant === undefined ? "" : ` Did you mean ${meant}?`
}
