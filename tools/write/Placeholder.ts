import { lineTexts } from "../common/Lines.ts"

const comment = /^\s*(?:\/\/|#|--|\/\*+|<!--|;|%|\*)\s*/
const proseFile = /\.(?:md|mdx|markdown|txt|rst|adoc|org|tex)$/i
const dots = /^(?:\[?(?:\.\.\.|…)\]?)/
const noun =
  "(?:code|file|contents?|functions?|methods?|class(?:es)?|implementations?|lines|tests?|imports|module|body|component|logic)"
const left = new RegExp(`^(?:the )?(?:rest|remainder) of (?:the |this |your |my )?(?:\\w+ ){0,2}${noun}$`, "i")
const known = new RegExp(`^(?:the )?(?:existing|previous|remaining|other|original|rest) (?:\\w+ ){0,2}${noun}$`, "i")
const tail =
  /[\s,:;-]*\b(?:(?:is |are |remains? |stays? |goes |continues )?(?:unchanged|the same|here|as before|as (?:it|they) (?:was|were|is|are)))$/i

/** Whether a line stands in for text that was not repeated. In prose a `#` begins a heading, and headings say such things. */
const isPlaceholder = (line: string, prose: boolean): boolean => {
  const start = comment.exec(line)?.[0] ?? ""
  const rest = line.slice(start.length)
  const dotted = dots.test(rest)
  if (!dotted && (start.trim() === "" || (prose && !start.includes("<!--")))) return false
  const words = rest
    .replace(dots, "")
    .replace(/(?:\*\/|-->)\s*$/, "")
    .replace(/(?:\.\.\.|…)\s*$/, "")
    .replace(/^[\s(]+|[\s).]+$/g, "")
  const bare = words.replace(tail, "").trim()
  const said = bare !== words
  return (left.test(bare) && (!prose || dotted || said)) || (known.test(bare) && (dotted || said))
}

/**
 * The first line of `content` by which models stand in for text they did not repeat ("rest of the code unchanged"), unless the
 * old file has that line too.
 */
export const placeholderLine = (shown: string, content: string, old: string | undefined): string | undefined => {
  const kept = new Set(old === undefined ? [] : lineTexts(old).map((line) => line.trim()))
  const prose = proseFile.test(shown)
  return lineTexts(content).find((line) => isPlaceholder(line, prose) && !kept.has(line.trim()))?.trim()
}
