import { contentHash } from "./ContentHash.ts"

/** Characters of a tag: 32,768 different ones, so that a line that changed rarely keeps its tag. */
const TAG_LENGTH = 3

/** A short tag for the content of one line: the same text has the same tag, wherever it stands. */
export const lineTag = (text: string): string =>
  Number.parseInt(contentHash(text).slice(0, 8), 16).toString(32).padStart(7, "0").slice(-TAG_LENGTH)

/** The 1-based numbers of the lines that have a tag. */
export const linesWithTag = (lines: ReadonlyArray<string>, tag: string): ReadonlyArray<number> =>
  lines.flatMap((line, index) => lineTag(line) === tag ? [index + 1] : [])
