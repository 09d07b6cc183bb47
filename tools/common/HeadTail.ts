import { Buffer } from "node:buffer"

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

/**
 * Keeps the first and last half of `limit` bytes of a stream, in memory bounded by about twice that. Cuts fall between UTF-8
 * characters and, where a line break is near, between lines.
 */
export class HeadTail {
  private readonly half: number
  private readonly head: Array<Uint8Array> = []
  private headBytes = 0
  private tail: Array<Uint8Array> = []
  private tailBytes = 0
  private total = 0

  constructor(limit: number) {
    this.half = Math.floor(limit / 2)
  }

  push(chunk: Uint8Array): void {
    this.total += chunk.length
    const room = this.half - this.headBytes
    const first = chunk.subarray(0, Math.max(0, room))
    if (first.length > 0) {
      this.head.push(Uint8Array.from(first))
      this.headBytes += first.length
    }
    const rest = chunk.subarray(first.length)
    if (rest.length === 0) return
    this.tail.push(Uint8Array.from(rest.subarray(-this.half)))
    this.tailBytes += Math.min(rest.length, this.half)
    if (this.tailBytes > this.half * 2) {
      const joined = Buffer.concat(this.tail)
      this.tail = [joined.subarray(joined.length - this.half)]
      this.tailBytes = this.half
    }
  }

  /** The kept text, with a line that says how much was left out between its halves. */
  text(): string {
    const head = Buffer.concat(this.head)
    const whole = Buffer.concat(this.tail)
    if (head.length + whole.length === this.total && whole.length <= this.half) {
      return Buffer.concat([head, whole]).toString("utf8")
    }
    let headEnd = head.lastIndexOf(0x0a) + 1
    if (headEnd < head.length / 2) {
      headEnd = head.length
      while (headEnd > 0 && isContinuation(whole[0]) && isContinuation(head[headEnd - 1])) headEnd -= 1
      if (headEnd > 0 && (head[headEnd - 1] ?? 0) >= 0xc0) headEnd -= 1
    }
    const tail = whole.subarray(Math.max(0, whole.length - this.half))
    let tailStart = tail.indexOf(0x0a) + 1
    if (tailStart === 0 || tailStart > tail.length / 2) {
      tailStart = 0
      while (isContinuation(tail[tailStart])) tailStart += 1
    }
    const left = this.total - headEnd - (tail.length - tailStart)
    const start = head.subarray(0, headEnd).toString("utf8")
    const gap = `${start.endsWith("\n") ? "" : "\n"}(${left} bytes left out here)\n`
    return `${start}${gap}${tail.subarray(tailStart).toString("utf8")}`
  }
}
