import type { Rng } from "../Rng.ts"

const OPENINGS = [
  "hey, ",
  "please, ",
  "no, ",
  "no. ",
  "sorry, ",
  "hm, ",
  "ok but ",
  "stop. ",
  "wait, ",
  "ok, ",
  "hi, ",
  "so, ",
  "eh, ",
  "yo, "
]
const ENDINGS = [
  " please",
  " pls",
  ", ok?",
  ", thanks",
  "!",
  " ...",
  ", thx",
  " here",
  " in this repo",
  ", ok",
  " :)",
  ", cheers"
]

/** Applies a change to what stands outside the slots. */
const outside = (text: string, change: (plain: string) => string): string =>
  text.split(/(\{\w+\}|`[^`]*`|"[^"]*"|'[^']*\{[^']*')/).map((part, index) => index % 2 === 0 ? change(part) : part)
    .join("")

/** A letter lost, doubled or swapped in one word. */
const mistyped = (rng: Rng, text: string): string => {
  const places = [...text.matchAll(/(?<![{\w])[a-z]{4,}(?![}\w])/g)]
  if (places.length === 0) return text
  const found = rng.pick(places)
  const at = found.index + 1 + rng.below(found[0].length - 2)
  const [a, b] = [text.charAt(at), text.charAt(at + 1)]
  const wrong = rng.pick([b, a + a + b, b + a])
  return text.slice(0, at) + wrong + text.slice(at + 2)
}

const LAZY: ReadonlyArray<readonly [RegExp, string]> = [
  [/\byou\b/gi, "u"],
  [/\bare\b/gi, "r"],
  [/\bplease\b/gi, "plz"],
  [/\bbecause\b/gi, "cuz"],
  [/\bthe\b/gi, "teh"],
  [/\bwith\b/gi, "w/"],
  [/\bdo not\b/gi, "dont"],
  [/\bthat\b/gi, "taht"],
  [/\bgoing to\b/gi, "gonna"],
  [/\bhave to\b/gi, "hafta"]
]

/** A template as people type it: in small letters, in capitals, without apostrophes, with slips; what fills the slots is left as it is. */
export const spelled = (rng: Rng, template: string): string => {
  const end = template.endsWith("{C}")
  const opened = rng.chance(0.08) ? rng.pick(OPENINGS) + template : template
  const text = !end && rng.chance(0.08) && !/[?!.)]$/.test(opened) ? opened + rng.pick(ENDINGS) : opened
  const roll = rng.unit()
  if (roll < 0.08) return mistyped(rng, text)
  if (roll < 0.18) return outside(text, (plain) => plain.replaceAll("'", "").replaceAll(/\bI\b/g, "i"))
  if (roll < 0.22) return outside(text, (plain) => plain.replaceAll("'", "’"))
  if (roll < 0.27) return outside(text, (plain) => plain.toLowerCase())
  if (roll < 0.3) return outside(text, (plain) => plain.toUpperCase())
  if (roll < 0.34) {
    const [from, to] = rng.pick(LAZY)
    return outside(text, (plain) => plain.replaceAll(from, to))
  }
  if (roll < 0.37) return text.replaceAll(", ", " ")
  return text
}

/** As people end and begin: with a capital letter or a full stop, or with neither. */
export const ended = (rng: Rng, text: string): string => {
  const cased = rng.chance(0.3) && !/^\S*[._/`"]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return rng.chance(0.22) && /[\w)]$/.test(cased) ? `${cased}.` : cased
}
