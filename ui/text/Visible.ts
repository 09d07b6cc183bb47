const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|[\u2800\u{1D159}]/gu
const SGR = /\u001b\[[0-9;:]*m/g

const name = (character: string) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`

/** Emoji sequences need a joiner and a variation selector; anywhere else these two hide something. */
const insideEmoji = (text: string, at: number, character: string) => {
  if (character !== "\u200d" && character !== "\ufe0f") return false
  const before = text.slice(Math.max(0, at - 4), at)
  const joined = character === "\ufe0f" || /^\p{Extended_Pictographic}/u.test(text.slice(at + 1))
  return joined && /(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u.test(before)
}

/**
 * One line of text with every control, bidirectional, invisible and unusual space character spelled out as `<U+202E>`, so
 * that a command or a diff cannot show one thing and be another, and no text can steer the terminal. A tab is `→` and
 * spaces. Line feeds count as control characters here: split first.
 */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (character, at: number) => {
    if (character === "\t") return "→   "
    return insideEmoji(text, at, character) ? character : name(character)
  })

/** Lines of a text, each made visible. */
export const visibleLines = (text: string): ReadonlyArray<string> => text.split("\n").map(visible)

/** Lines of a tool's output: colour codes are dropped, carriage returns before a line feed too, the rest made visible. */
export const outputLines = (text: string): ReadonlyArray<string> =>
  text.replace(SGR, "").replace(/\r\n/g, "\n").split("\n").map(visible)
