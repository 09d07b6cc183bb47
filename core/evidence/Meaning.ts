/** Words that say nothing about what is wanted. */
const EMPTY = new Set(
  ("a an the this that these those it its is are be to of in on for with and or but so then than as at by please just only "
    + "always instead rather use using make do does should must would could can want need i you we me my your our here there "
    + "again already said told when if").split(" ")
)

const NEGATIONS = new Set([
  "not",
  "no",
  "never",
  "without",
  "avoid",
  "stop",
  "dont",
  "doesnt",
  "cannot",
  "cant",
  "shouldnt",
  "mustnt"
])

/** Crude on purpose: enough that `overwriting` and `overwrite`, `tests` and `test` meet. */
const stem = (word: string): string => {
  if (/[^a-z]/.test(word)) return word
  const one = word.length > 3 ? word.replace(/([^s])s$/, "$1") : word
  return one.length > 4 ? one.replace(/(?:ing|ed|e)$/, "") : one
}

/** Words by their stems; the stem of one that is not wanted begins with `!`. */
export type Meaning = ReadonlyMap<string, string>

/** Every lesson is compared with all before it, so meanings are asked for again and again. */
const REMEMBERED = 4096
const meanings = new Map<string, Meaning>()

/**
 * What a text wants and does not want, as a set of words: lower case, without words that say nothing, by their stems. A
 * word after a negation, up to the end of its clause, is one that is not wanted.
 */
export const meaningOf = (text: string): Meaning => {
  const known = meanings.get(text)
  if (known !== undefined) return known
  const meaning = readMeaning(text)
  if (meanings.size >= REMEMBERED) meanings.clear()
  meanings.set(text, meaning)
  return meaning
}

const readMeaning = (text: string): Meaning => {
  const words = new Map<string, string>()
  const clauses = text.normalize("NFKC").toLowerCase().replaceAll(/['’]/g, "").split(
    /[;:,!?\n]|\.(?:\s|$)|\bbut\b|\binstead\b/
  )
  for (const clause of clauses) {
    let negated = false
    for (const word of clause.match(/[\p{L}\p{N}_][\p{L}\p{N}_./@-]*/gu) ?? []) {
      if (NEGATIONS.has(word)) negated = true
      else if (!EMPTY.has(word)) words.set(`${negated ? "!" : ""}${stem(word)}`, word)
    }
  }
  return words
}

const opposite = (word: string): string => word.startsWith("!") ? word.slice(1) : `!${word}`

/** Words that one text wants and the other does not want. */
export const opposed = (a: Meaning, b: Meaning): ReadonlyArray<string> =>
  [...a].filter(([key]) => b.has(opposite(key))).map(([, word]) => word)

/**
 * Whether two texts mean the same: nothing one wants is unwanted by the other, and the words of one are all in the other,
 * or at least half of all their words are in both.
 */
export const alike = (a: Meaning, b: Meaning): boolean => {
  const smaller = Math.min(a.size, b.size)
  if (smaller === 0 || opposed(a, b).length > 0) return false
  const shared = [...a.keys()].filter((key) => b.has(key)).length
  return shared === smaller || 2 * shared >= a.size + b.size - shared
}
