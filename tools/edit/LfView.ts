/**
 * A text with its CRLF line breaks shown as LF, and the way back: offsets found in the view become offsets in the text. An
 * offset right before a line break maps to before its `\r`.
 */
export interface LfView {
  readonly text: string
  readonly offset: (viewOffset: number) => number
}

export const lfView = (raw: string): LfView => {
  /** Offsets in the view of the line breaks that lost a `\r`, ascending. */
  const breaks: Array<number> = []
  const text = raw.replaceAll("\r\n", (_, at: number) => {
    breaks.push(at - breaks.length)
    return "\n"
  })
  const offset = (viewOffset: number): number => {
    let low = 0
    let high = breaks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((breaks[middle] ?? 0) < viewOffset) low = middle + 1
      else high = middle
    }
    return viewOffset + low
  }
  return { text, offset }
}
