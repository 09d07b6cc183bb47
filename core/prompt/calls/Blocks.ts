/** A fenced block of a text. Indices are of the whole text, the fence's own lines included. */
export interface Fence {
  readonly language: string
  readonly content: string
  readonly start: number
  readonly end: number
}

const OPENING = /[ \t]*(`{3,}|~{3,})([^\n`]*)(?:\n|$)/y

/** The fenced block that begins at `at`, the beginning of a line. One that is never closed goes to the end. */
export const fenceAt = (text: string, at: number): Fence | undefined => {
  OPENING.lastIndex = at
  const open = OPENING.exec(text)
  const [whole, mark, info = ""] = open ?? []
  if (whole === undefined || mark === undefined) return undefined
  const start = at + whole.length
  const close = new RegExp(`^[ \\t]*${mark.slice(0, 3)}+[ \\t]*$`, "m").exec(text.slice(start))
  const stop = close === null ? text.length : start + close.index
  return {
    language: (info.trim().split(/\s+/)[0] ?? "").toLowerCase(),
    content: text.slice(start, stop),
    start: at,
    end: close === null ? text.length : stop + close[0].length
  }
}

/** The text of a turn that is nothing but one fenced block, and its language; undefined for any other. */
export const onlyFence = (text: string): { readonly language: string; readonly content: string } | undefined => {
  const found = /^\s*```([^\n`]*)\n([\s\S]*?)(?:\n\s*```\s*)?$/.exec(text)
  return found === null ? undefined : { language: (found[1] ?? "").trim().toLowerCase(), content: found[2] ?? "" }
}

/** All fenced blocks of a text, in order. */
export const fencesIn = (text: string): ReadonlyArray<Fence> => {
  const fences: Array<Fence> = []
  for (const { index } of text.matchAll(/^[ \t]*(?:`{3,}|~{3,})/gm)) {
    const fence = index < (fences.at(-1)?.end ?? 0) ? undefined : fenceAt(text, index)
    if (fence !== undefined) fences.push(fence)
  }
  return fences
}
