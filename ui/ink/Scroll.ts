import { scrollKeys } from "./Keys.ts"

/** Rows of something that scrolls: visible and in all. */
export interface Page {
  readonly rows: number
  readonly total: number
}

export const isScroll = (name: string): name is keyof typeof scrollKeys => name in scrollKeys

/** The first row shown after a key, kept inside the page. */
export const scrolled = (scroll: number, name: keyof typeof scrollKeys, { rows, total }: Page): number => {
  const move = scrollKeys[name]
  const by = "lines" in move ? move.lines : move.pages * Math.max(1, rows - 1)
  return Math.min(Math.max(0, scroll + by), Math.max(0, total - rows))
}
