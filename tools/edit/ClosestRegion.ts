/** Most line comparisons spent on a hint. */
const MAX_COMPARISONS = 2_000_000

interface Region {
  /** 1-based, inclusive. */
  readonly first: number
  readonly last: number
}

/** Shared words over all words (Jaccard), 1 for equal lines; blank lines say nothing. */
const similarity = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => {
  if (a.size === 0 || b.size === 0) return 0
  let shared = 0
  for (const word of a) if (b.has(word)) shared += 1
  return shared / (a.size + b.size - shared)
}

const wordsOf = (line: string): ReadonlySet<string> => new Set(line.match(/\w+|[^\s\w]/g) ?? [])

/** The lines of a file most like `old`, for an error message only; undefined when nothing is like it. */
export const closestRegion = (fileLines: ReadonlyArray<string>, old: string): Region | undefined => {
  const wanted = old.split("\n").filter((line, index, all) =>
    line.trim() !== "" || (index > 0 && index < all.length - 1)
  )
  if (wanted.length === 0 || fileLines.length * wanted.length > MAX_COMPARISONS) return undefined
  const wantedWords = wanted.map(wordsOf)
  const fileWords = fileLines.map(wordsOf)
  let best: { readonly at: number; readonly score: number } | undefined
  for (let at = 0; at < fileLines.length; at += 1) {
    let score = 0
    for (const [index, words] of wantedWords.entries()) score += similarity(words, fileWords[at + index] ?? new Set())
    if (best === undefined || score > best.score) best = { at, score }
  }
  if (best === undefined || best.score < wanted.length * 0.3) return undefined
  return { first: best.at + 1, last: Math.min(fileLines.length, best.at + wanted.length) }
}
