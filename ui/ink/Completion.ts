import { commands } from "../text/Commands.ts"
import type { TextField } from "./TextField.ts"

/** What a word could become. */
export interface Choice {
  readonly text: string
  readonly about: string
}

/** The word at the cursor and what it could become, likeliest first; never empty. */
export interface Completion {
  /** Where the word begins; it ends at the cursor. */
  readonly from: number
  readonly choices: readonly [Choice, ...ReadonlyArray<Choice>]
}

/** Choices that are shown. */
const SHOWN = 5

const completion = (from: number, choices: ReadonlyArray<Choice>): Completion | undefined => {
  const [first, ...rest] = choices.slice(0, SHOWN)
  return first === undefined ? undefined : { from, choices: [first, ...rest] }
}

const isCommand = (word: string) => (choice: Choice): boolean => choice.text.startsWith(word) && choice.text !== word

const commandChoices: ReadonlyArray<Choice> = commands.map(({ help, names }) => ({ text: names[0], about: help }))

interface RankedFile {
  readonly path: string
  readonly rank: number
}

/** 0 for a file whose name begins so, 1 for a path that does, 2 for one that holds it; undefined for others. In small letters. */
const rankOf = (path: string, wanted: string): number | undefined => {
  if (path.startsWith(wanted, path.lastIndexOf("/") + 1)) return 0
  if (path.startsWith(wanted)) return 1
  return path.includes(wanted) ? 2 : undefined
}

const likelierFirst = (a: RankedFile, b: RankedFile): number =>
  a.rank - b.rank || a.path.length - b.path.length || (a.path < b.path ? -1 : 1)

/** The likeliest files. They are looked for whenever the screen is drawn: one pass keeps the best, and nothing sorts all of them. */
const fileChoices = (files: ReadonlyArray<string>, part: string): ReadonlyArray<Choice> => {
  const wanted = part.toLowerCase()
  const best: Array<RankedFile> = []
  for (const path of files) {
    const rank = rankOf(path.toLowerCase(), wanted)
    if (rank === undefined) continue
    const file = { path, rank }
    const worst = best[SHOWN - 1]
    if (worst !== undefined && likelierFirst(worst, file) < 0) continue
    best.splice(SHOWN - 1, 1, file)
    best.sort(likelierFirst)
  }
  return best.map(({ path }) => ({ text: path, about: "" }))
}

/** The part of a file's name after an `@` that the cursor stands behind. */
export const filePart = ({ cursor, value }: TextField): string | undefined =>
  /(?:^|\s)@(\S*)$/.exec(value.slice(0, cursor))?.[1]

/** What the word at the cursor could become: a command at the beginning, after an `@` a file of the project. */
export const completionAt = (field: TextField, files: ReadonlyArray<string>): Completion | undefined => {
  const typed = field.value.slice(0, field.cursor)
  if (/^\/\S*$/.test(typed)) return completion(0, commandChoices.filter(isCommand(typed)))
  const part = filePart(field)
  return part === undefined ? undefined : completion(field.cursor - part.length - 1, fileChoices(files, part))
}

const common = (texts: ReadonlyArray<string>): string =>
  texts.reduce((a, b) => {
    let length = 0
    while (length < a.length && a.charAt(length) === b.charAt(length)) length++
    return a.slice(0, length)
  })

/** Tab: a command as far as the choices agree, else the first choice with a space behind it. */
export const complete = (field: TextField, { choices, from }: Completion): TextField => {
  const typed = field.value.slice(from, field.cursor)
  const shared = common(choices.map(({ text }) => text))
  const text = shared.startsWith(typed) && shared.length > typed.length && choices.length > 1
    ? shared
    : `${choices[0].text} `
  return {
    value: field.value.slice(0, from) + text + field.value.slice(field.cursor),
    cursor: from + text.length
  }
}
