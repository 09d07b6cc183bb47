import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff"
import type { Preview } from "../../core/domain/ToolResult.ts"
import { lineTexts } from "./Lines.ts"
import { count } from "./Outcome.ts"

/** Milliseconds after which a difference is no longer worked out line by line. */
const DIFF_MILLISECONDS = 1000

const withoutCarriageReturns = (text: string): string => text.replaceAll("\r\n", "\n")

/** How many lines a diff adds and removes; nothing for a preview that is no diff. */
export const lineCounts = (preview: Preview): { readonly added?: number; readonly removed?: number } => {
  if (preview._tag !== "Diff") return {}
  const lines = preview.diff.split("\n").slice(2)
  return {
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length
  }
}

/**
 * A unified diff of a file's old text (undefined: a new file) and new text. Line endings are shown only when nothing else
 * differs. Texts that differ too much to compare in time get a sentence instead.
 */
export const unifiedDiff = (path: string, before: string | undefined, after: string): Preview => {
  const old = withoutCarriageReturns(before ?? "")
  const next = withoutCarriageReturns(after)
  const raw = old === next
  const diff = createTwoFilesPatch(
    before === undefined ? "/dev/null" : `a/${path}`,
    `b/${path}`,
    raw ? before ?? "" : old,
    raw ? after : next,
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY, timeout: DIFF_MILLISECONDS }
  )
  if (diff === undefined) {
    const lines = `${count(lineTexts(old).length, "line")} by ${count(lineTexts(next).length, "line")}`
    return { _tag: "Text", text: `Replaces the ${lines} in ${path}; too different to show as a diff.` }
  }
  return { _tag: "Diff", path, diff }
}
