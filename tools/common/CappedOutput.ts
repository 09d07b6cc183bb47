import { Buffer } from "node:buffer"
import { stripVTControlCharacters } from "node:util"
import { continues } from "./TextEncoding.ts"

const NEWLINE = 0x0a

/** What a terminal would leave on screen, as plain text: no control codes, and of a redrawn line only its last state. */
export const plainOutput = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1) ?? "")
    .join("\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")

/** The part before `index` without a character cut at its end, ending with a line break when there is one. */
const headOf = (bytes: Buffer): Buffer => {
  const newline = bytes.lastIndexOf(NEWLINE)
  if (newline !== -1) return bytes.subarray(0, newline + 1)
  let start = bytes.length - 1
  while (start > 0 && continues(bytes[start])) start -= 1
  return bytes.subarray(0, (bytes[start] ?? 0) >= 0x80 ? start : bytes.length)
}

const tailOf = (bytes: Buffer): Buffer => {
  const newline = bytes.indexOf(NEWLINE)
  if (newline !== -1 && newline < bytes.length - 1) return bytes.subarray(newline + 1)
  let start = 0
  while (continues(bytes[start])) start += 1
  return bytes.subarray(start)
}

/** The first `lines` lines, line breaks included. */
const firstLines = (bytes: Buffer, lines: number): Buffer => {
  let end = 0
  for (let seen = 0; seen < lines; seen += 1) {
    const newline = bytes.indexOf(NEWLINE, end)
    if (newline === -1) return bytes
    end = newline + 1
  }
  return bytes.subarray(0, end)
}

/** The last `lines` lines; a line break at the end starts no further line. */
const lastLines = (bytes: Buffer, lines: number): Buffer => {
  let start = bytes.length
  for (let seen = 0; seen < lines; seen += 1) {
    const newline = start < 2 ? -1 : bytes.lastIndexOf(NEWLINE, start - 2)
    if (newline === -1) return bytes
    start = newline + 1
  }
  return bytes.subarray(start)
}

/**
 * Takes a command's output as it comes and keeps its beginning and its end, in memory bounded by `bytes` plus one chunk. Cuts
 * lie between lines where there are lines, and never inside a character.
 */
export class CappedOutput {
  private readonly headLimit: number
  private readonly tailLimit: number
  private readonly lines: number
  private head = Buffer.alloc(0)
  private readonly tail: Array<Uint8Array> = []
  private tailBytes = 0
  private total = 0

  /** Most bytes and most lines kept. */
  constructor(bytes: number, lines: number) {
    this.headLimit = Math.floor(bytes / 2)
    this.tailLimit = bytes - this.headLimit
    this.lines = lines
  }

  push(chunk: Uint8Array): void {
    this.total += chunk.length
    const room = this.headLimit - this.head.length
    if (room > 0) this.head = Buffer.concat([this.head, chunk.subarray(0, room)])
    const rest = room > 0 ? chunk.subarray(room) : chunk
    if (rest.length === 0) return
    this.tail.push(rest)
    this.tailBytes += rest.length
    for (
      let first = this.tail[0];
      first !== undefined && this.tailBytes - first.length >= this.tailLimit;
      first = this.tail[0]
    ) {
      this.tail.shift()
      this.tailBytes -= first.length
    }
  }

  /** Whether something had to be left out. */
  get cut(): boolean {
    const tail = Buffer.concat(this.tail)
    if (this.head.length + tail.length !== this.total || tail.length > this.tailLimit) return true
    const all = Buffer.concat([this.head, tail])
    return firstLines(all, this.lines).length < all.length
  }

  /** What was kept as plain text, with a note where something was left out; `advice` says how to get at it. */
  text(advice?: string): string {
    const tail = Buffer.concat(this.tail)
    const whole = this.head.length + tail.length === this.total && tail.length <= this.tailLimit
    const all = whole ? Buffer.concat([this.head, tail]) : undefined
    const half = Math.floor(this.lines / 2)
    let first = all ?? headOf(this.head)
    let last = all ?? tailOf(tail.subarray(tail.length - this.tailLimit))
    if (all !== undefined && firstLines(all, this.lines).length === all.length) return plainOutput(all.toString("utf8"))
    first = firstLines(first, half)
    last = lastLines(last, half)
    const left = this.total - first.length - last.length
    const begin = plainOutput(first.toString("utf8"))
    const end = plainOutput(last.toString("utf8"))
    const gap = begin === "" || begin.endsWith("\n") ? "" : "\n"
    return `${begin}${gap}(${left} bytes left out${advice === undefined ? "" : `; ${advice}`})\n${end}`
  }
}
