/** Longest input line in bytes; a longer one is refused whole. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

export type RawLine =
  | { readonly _tag: "Line"; readonly text: string }
  | { readonly _tag: "Bad"; readonly text: string; readonly problem: string }

const LF = 0x0a

/**
 * Cuts a byte stream into lines at LF and nowhere else (Unicode separators belong to the text), a final CR dropped.
 * `end` gives the last line when it has no LF. Blank lines are skipped. Text that is not UTF-8 or too long is `Bad`.
 */
export const makeLineCutter = () => {
  let pieces: Array<Uint8Array> = []
  let size = 0
  let tooLong = false

  const finish = (): ReadonlyArray<RawLine> => {
    const bytes = new Uint8Array(size)
    let at = 0
    for (const piece of pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    const wasTooLong = tooLong
    pieces = []
    size = 0
    tooLong = false
    if (wasTooLong) return [{ _tag: "Bad", text: "", problem: `longer than ${MAX_LINE_BYTES} bytes` }]
    return decodeBytes(bytes)
  }

  const add = (piece: Uint8Array) => {
    if (tooLong || piece.length === 0) return
    if (size + piece.length > MAX_LINE_BYTES) {
      pieces = []
      size = 0
      tooLong = true
      return
    }
    pieces.push(piece)
    size += piece.length
  }

  return {
    push: (chunk: Uint8Array): ReadonlyArray<RawLine> => {
      const lines: Array<RawLine> = []
      let start = 0
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
        add(chunk.subarray(start, end))
        lines.push(...finish())
        start = end + 1
      }
      add(chunk.slice(start))
      return lines
    },
    end: finish
  }
}

const decodeBytes = (bytes: Uint8Array): ReadonlyArray<RawLine> => {
  const text = new TextDecoder("utf-8", { ignoreBOM: false }).decode(bytes).replace(/\r$/, "")
  if (text.trim() === "") return []
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    return [{ _tag: "Line", text }]
  } catch {
    return [{ _tag: "Bad", text, problem: "not valid UTF-8" }]
  }
}
