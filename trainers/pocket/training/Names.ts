import type { Rng } from "./Rng.ts"

/**
 * Names that make copying the only way to be right: most are built from random letters and syllables, so none can be
 * memorised; a few are ordinary words.
 */
const ONSETS = [
  "b",
  "br",
  "c",
  "ch",
  "d",
  "dr",
  "f",
  "fl",
  "g",
  "gr",
  "h",
  "j",
  "k",
  "kl",
  "l",
  "m",
  "n",
  "p",
  "pr",
  "qu",
  "r",
  "s",
  "sh",
  "sk",
  "st",
  "t",
  "tr",
  "v",
  "w",
  "x",
  "y",
  "z"
]
const VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "oo", "ou"]
const CODAS = ["", "", "", "b", "ck", "d", "ft", "g", "l", "lt", "m", "n", "nd", "p", "r", "rk", "s", "t", "x"]
const WORDS = [
  "calc",
  "utils",
  "parser",
  "config",
  "server",
  "client",
  "index",
  "main",
  "store",
  "cache",
  "user",
  "date",
  "string",
  "array",
  "math",
  "format",
  "router",
  "queue",
  "token",
  "report",
  "format",
  "price",
  "order",
  "cart",
  "log",
  "event",
  "session"
]
const PACKAGES = [
  "zod",
  "express",
  "react",
  "lodash",
  "chalk",
  "requests",
  "numpy",
  "pandas",
  "flask",
  "rich",
  "httpx",
  "vite",
  "date-fns"
]
const DIRECTORIES = ["src", "lib", "app", "scripts", "tools", "packages", "core"]
const UPPER_CASE = ["README", "CHANGELOG", "LICENSE", "TODO", "NOTES", "AGENTS", "CONTRIBUTING", "API"]
const LETTERS = "abcdefghijklmnopqrstuvwxyz"

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const syllables = (rng: Rng, count: number): string => {
  let word = ""
  for (let index = 0; index < count; index++) word += rng.pick(ONSETS) + rng.pick(VOWELS) + rng.pick(CODAS)
  return word
}

/** One lower-case word. */
export const word = (rng: Rng): string => {
  const roll = rng.unit()
  if (roll < 0.2) return rng.pick(WORDS)
  if (roll < 0.4) return Array.from({ length: 3 + rng.below(5) }, () => LETTERS.charAt(rng.below(26))).join("")
  return syllables(rng, 1 + rng.below(3))
}

/** A file's base name without extension, sometimes of two words or in capitals. */
export const stem = (rng: Rng): string => {
  const roll = rng.unit()
  if (roll < 0.06) return rng.chance(0.4) ? rng.pick(UPPER_CASE) : word(rng).toUpperCase()
  if (roll < 0.7) return word(rng)
  if (roll < 0.85) return `${word(rng)}-${word(rng)}`
  if (roll < 0.95) return `${word(rng)}_${word(rng)}`
  return word(rng) + capital(word(rng))
}

export const directory = (rng: Rng): string => rng.chance(0.6) ? rng.pick(DIRECTORIES) : word(rng)

/** A relative path with one of the given extensions. */
export const path = (rng: Rng, extensions: ReadonlyArray<string>): string => {
  const folders = rng.chance(0.25) ? [] : rng.chance(0.75) ? [directory(rng)] : [directory(rng), word(rng)]
  return [...folders, stem(rng) + rng.pick(extensions)].join("/")
}

/** A name in code: camelCase, snake_case, a class or a plain word. */
export const identifier = (rng: Rng): string => {
  const roll = rng.unit()
  if (roll < 0.4) return word(rng) + capital(word(rng))
  if (roll < 0.6) return `${word(rng)}_${word(rng)}`
  if (roll < 0.75) return capital(word(rng))
  return word(rng)
}

export const packageName = (rng: Rng): string => {
  const roll = rng.unit()
  if (roll < 0.25) return rng.pick(PACKAGES)
  if (roll < 0.4) return `${word(rng)}-${word(rng)}`
  return word(rng)
}
