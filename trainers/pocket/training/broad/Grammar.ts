/**
 * A grammar in one line: `a|b` is one or the other, `(a|b)` the same inside a text, `(a|)` is a or nothing. `{x}` is left for
 * {@link filled}, so that names and commands may hold any character; a backslash takes the next sign as it is.
 */
import type { Rng } from "../Rng.ts"

type Node = string | ReadonlyArray<ReadonlyArray<Node>>

const read = (text: string): ReadonlyArray<ReadonlyArray<Node>> => {
  let at = 0
  const choices = (): ReadonlyArray<ReadonlyArray<Node>> => {
    const all: Array<Array<Node>> = [[]]
    let plain = ""
    const flush = (): void => {
      if (plain !== "") all.at(-1)?.push(plain)
      plain = ""
    }
    for (; at < text.length; at++) {
      const sign = text.charAt(at)
      if (sign === "(") {
        flush()
        at++
        all.at(-1)?.push(choices())
      } else if (sign === ")") break
      else if (sign === "|") {
        flush()
        all.push([])
      } else if (sign === "\\") plain += text.charAt(++at)
      else plain += sign
    }
    flush()
    return all
  }
  return choices()
}

const parsed = new Map<string, ReadonlyArray<ReadonlyArray<Node>>>()

const parse = (text: string): ReadonlyArray<ReadonlyArray<Node>> => {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const fresh = read(text)
  parsed.set(text, fresh)
  return fresh
}

const count = (choices: ReadonlyArray<ReadonlyArray<Node>>): number =>
  choices.reduce(
    (sum, nodes) => sum + nodes.reduce((product, node) => product * (typeof node === "string" ? 1 : count(node)), 1),
    0
  )

/** How many texts the grammar has. */
export const size = (grammar: string): number => count(parse(grammar))

/** Draws one text. Alternatives at the top count by the root of how many texts they have, so that long rows do not drown short ones. */
export const expand = (rng: Rng, grammar: string): string => {
  const draw = (nodes: ReadonlyArray<Node>): string =>
    nodes.map((node) => typeof node === "string" ? node : draw(rng.pick(node))).join("")
  return draw(rng.weighted(parse(grammar).map((nodes) => ({ nodes, weight: Math.sqrt(count([nodes])) }))).nodes)
}

/** Every text of the grammar. */
export const texts = (grammar: string): ReadonlyArray<string> => {
  const every = (choices: ReadonlyArray<ReadonlyArray<Node>>): ReadonlyArray<string> =>
    choices.flatMap((nodes) =>
      nodes.reduce<ReadonlyArray<string>>(
        (starts, node) => {
          const ends = typeof node === "string" ? [node] : every(node)
          return starts.flatMap((start) => ends.map((end) => start + end))
        },
        [""]
      )
    )
  return every(parse(grammar))
}

/** Puts what is drawn in the place of `{x}`; what has no slot stays. */
export const filled = (text: string, slots: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => slots[name] ?? whole)
