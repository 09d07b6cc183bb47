import { Buffer, isUtf8 } from "node:buffer"
import { cutText } from "../common/Lines.ts"
import { lineTag } from "../common/LineTags.ts"

interface WindowLimits {
  /** First line to keep, 1-based. */
  readonly offset: number
  /** Most lines to keep. */
  readonly lines: number
  /** Longest line, in UTF-16 units. */
  readonly lineLength: number
  /** Most bytes of output, line numbers included. The first line is kept whatever its size. */
  readonly bytes: number
  /** Whether lines that are shown whole carry their content tag. */
  readonly tagged: boolean
}

export interface Window {
  /** Lines as shown, `number TAB text` or `number:tag TAB text`, from `offset` on. */
  readonly shown: ReadonlyArray<string>
  /** Lines in the whole file. */
  readonly total: number
  /** Whether a shown line has bytes that are not UTF-8. */
  readonly invalid: boolean
}

const NEWLINE = 0x0a
const MAX_BYTES_PER_UNIT = 3

/** `bytes` without a character cut off at its end. */
const wholeCharacters = (bytes: Buffer): Buffer => {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes
    if (byte >= 0xc0) {
      const width = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return width === back ? bytes : bytes.subarray(0, bytes.length - back)
    }
  }
  return bytes
}

/**
 * Takes a UTF-8 file in chunks and keeps one window of its lines, each cut to a length, in bounded memory, while counting all
 * lines. A line break at the end of the file starts no further line.
 */
export class LineWindow {
  private readonly limits: WindowLimits
  private readonly kept: Array<string> = []
  private keptBytes = 0
  private full = false
  private invalid = false
  private finished = 0
  private line: Array<Uint8Array> = []
  private lineKept = 0
  private lineBytes = 0

  constructor(limits: WindowLimits) {
    this.limits = limits
  }

  push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, start)
      const end = newline === -1 ? chunk.length : newline
      this.extend(chunk.subarray(start, end))
      if (newline === -1) return
      this.endLine()
      start = newline + 1
    }
  }

  finish(): Window {
    if (this.lineBytes > 0) this.endLine()
    return { shown: this.kept, total: this.finished, invalid: this.invalid }
  }

  private get wanted(): boolean {
    const number = this.finished + 1
    return !this.full && number >= this.limits.offset && number < this.limits.offset + this.limits.lines
  }

  private extend(piece: Uint8Array): void {
    this.lineBytes += piece.length
    const room = this.limits.lineLength * MAX_BYTES_PER_UNIT + 4 - this.lineKept
    if (!this.wanted || room <= 0) return
    const part = piece.subarray(0, room)
    this.line.push(Uint8Array.from(part))
    this.lineKept += part.length
  }

  private endLine(): void {
    if (this.wanted) this.keep()
    this.finished += 1
    this.line = []
    this.lineKept = 0
    this.lineBytes = 0
  }

  private keep(): void {
    const whole = this.lineKept === this.lineBytes
    const joined = Buffer.concat(this.line)
    const bytes = whole ? joined : wholeCharacters(joined)
    const text = bytes.toString("utf8").replace(/\r$/, "")
    const cut = cutText(text, this.limits.lineLength)
    const all = whole && cut === text
    const rest = all ? "" : ` … (cut; the line has ${this.lineBytes} bytes)`
    const tag = all && this.limits.tagged ? `:${lineTag(text)}` : ""
    const shown = `${this.finished + 1}${tag}\t${cut}${rest}`
    const size = Buffer.byteLength(shown) + 1
    if (this.kept.length > 0 && this.keptBytes + size > this.limits.bytes) {
      this.full = true
      return
    }
    if (!isUtf8(bytes)) this.invalid = true
    this.kept.push(shown)
    this.keptBytes += size
  }
}
