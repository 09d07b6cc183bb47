import type { Instructions } from "../workspace/Instructions.ts"

/** What of a project's instructions goes into the prompt, and a sentence for the human when there is any. */
interface FittedInstructions {
  readonly texts: ReadonlyArray<string>
  readonly notice?: string
}

const CUT = "\n[the rest is left out]"

/** The longest beginning, to whole lines, that `length` says is no longer than `most`. */
const beginning = (text: string, most: number, length: (text: string) => number): string => {
  const lines = text.split("\n")
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (length(lines.slice(0, middle).join("\n")) <= most) low = middle
    else high = middle - 1
  }
  return lines.slice(0, low).join("\n")
}

/** Fits instructions into `most` tokens together; the innermost, which say most about the folder, come first when room is short. */
export const fitInstructions = (
  files: ReadonlyArray<Instructions>,
  most: number,
  tokens: (text: string) => number
): FittedInstructions => {
  let left = most
  let cut = false
  const texts = files.toReversed().flatMap(({ text }) => {
    const whole = tokens(text)
    const taken = whole <= left ? text : beginning(text, left, tokens)
    cut = cut || taken !== text
    left -= Math.min(left, whole)
    return taken === "" ? [] : [taken === text ? text : `${taken}${CUT}`]
  }).toReversed()
  if (files.length === 0) return { texts }
  const names = files.map(({ file }) => file).join(", ")
  return {
    texts,
    notice: cut
      ? `Read ${names}, but only the first ${
        most - left
      } tokens: more than a quarter of the context is not given to them.`
      : `Read ${names} (${most - left} tokens).`
  }
}
