import picomatch from "picomatch"
import type { Word } from "./bash/Script.ts"
import { type Protection, protectionOf } from "./Protected.ts"

/** A file as rules see it. */
export interface PlacedPath {
  /** Absolute, with forward slashes. */
  readonly absolute: string
  /** Relative to the project, or undefined outside. */
  readonly inside: string | undefined
}

/** What patterns of paths are relative to. */
export interface PathGround {
  readonly root: string
  readonly home: string
}

const GLOB = /(?<!\\)[*?[\]{}()!]/
const unescape = (pattern: string): string => pattern.replaceAll(/\\(.)/g, "$1")

/** A path or a word as a pattern that matches nothing else. */
export const literalPath = (path: string): string => path.replaceAll(/[*?[\]{}()!\\]/g, "\\$&").replace(/^[@~]/, "\\$&")

const GROUPS: Readonly<Record<string, Protection["kind"]>> = { "@secret": "secret", "@runs": "runs", "@state": "state" }

const partsOf = (path: string): ReadonlyArray<string> => path.split("/").filter((part) => part !== "" && part !== ".")

/** Why a place is protected, by its parts inside the project or all of them. */
export const protectionAt = ({ absolute, inside }: PlacedPath): Protection | undefined =>
  protectionOf(partsOf(inside ?? absolute))

const absolutePattern = (pattern: string, { home, root }: PathGround): string => {
  if (pattern === "~" || pattern.startsWith("~/")) return home + pattern.slice(1)
  if (pattern.startsWith("/")) return pattern
  const relative = pattern.replace(/^(\.\/)+/, "").replace(/^\.$/, "")
  return relative === "" ? root : `${root}/${relative}`
}

/** The one path that a pattern without stars names, absolute; undefined for others. */
export const plainPath = (pattern: string, ground: PathGround): string | undefined =>
  pattern in GROUPS || GLOB.test(pattern)
    ? undefined
    : unescape(absolutePattern(pattern, ground)).replace(/(?<=.)\/+$/, "")

/** Whether a pattern of paths matches: a plain path matches itself and all below it, `*` and its like match as in a shell. */
export const matchesPath = (pattern: string, path: PlacedPath, ground: PathGround): boolean => {
  const group = GROUPS[pattern]
  if (group !== undefined) return protectionAt(path)?.kind === group
  const plain = plainPath(pattern, ground)
  if (plain === undefined) {
    return picomatch.isMatch(path.absolute, absolutePattern(pattern, ground), { dot: true, strictSlashes: false })
  }
  return path.absolute === plain || plain === "/" || path.absolute.startsWith(`${plain}/`)
}

/** Whether a pattern names a protected place itself, rather than one that happens to hold some. */
export const namesProtected = (pattern: string | undefined): boolean =>
  pattern !== undefined &&
  (pattern in GROUPS || protectionOf(partsOf(unescape(pattern).replaceAll("*", "x"))) !== undefined)

/** The words of a pattern of commands. In quotes and after a backslash a star is a star. */
const patternWords = (pattern: string): ReadonlyArray<string> =>
  Array.from(
    pattern.matchAll(/"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+)/g),
    ([, quoted, plain]) =>
      quoted === undefined ? plain ?? "" : quoted.replaceAll(/[*]/g, "\\*").replaceAll(/\\\\\*/g, "\\*")
  )

const wordPattern = (word: string): RegExp =>
  new RegExp(
    `^${
      word.replaceAll(
        /\\(.)|\*|[.+?^${}()|[\]]/g,
        (found, escaped: string | undefined) =>
          found === "*" ? "[^]*" : escaped === undefined ? `\\${found}` : escaped.replace(/[\\.*+?^${}()|[\]]/g, "\\$&")
      )
    }$`
  )

/** Whether a pattern of commands matches. `open`: the command gets further words that nobody knows. */
export const matchesWords = (pattern: string, words: ReadonlyArray<Word>, open: boolean): boolean => {
  const wanted = patternWords(pattern)
  const any = wanted.at(-1) === "*"
  const fixed = any ? wanted.slice(0, -1) : wanted
  if (words.length < fixed.length || (!any && (open || words.length > fixed.length))) return false
  return fixed.every((one, index) => {
    const word = words[index]
    return word !== undefined && wordPattern(one).test(word)
  })
}

/** Words as a pattern that matches them alone. */
export const literalWords = (words: ReadonlyArray<string>): string =>
  words.map((word) => /^[^\s"\\*]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, "\\$&")}"`).join(" ")

/** Whether a pattern of hosts matches: the host itself, or with `*.` in front those below it. */
export const matchesHost = (pattern: string, host: string): boolean => {
  const [wanted, given] = [pattern.toLowerCase(), host.toLowerCase()]
  return wanted === "*" || wanted === given || (wanted.startsWith("*.") && given.endsWith(wanted.slice(1)))
}
