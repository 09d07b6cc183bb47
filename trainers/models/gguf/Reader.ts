import { closeSync, fstatSync, openSync, readSync } from "node:fs"

/** What is wrong with a GGUF file, without its path. Thrown by the parser and turned into a `BackendError` where it is called. */
export class Malformed extends Error {}

const WINDOW = 2 ** 20

/** Reads a file's head forwards through a window; every length is checked against the file before anything is made of it. */
export class Reader {
  readonly size: number
  readonly #descriptor: number
  #window: Buffer = Buffer.alloc(0)
  #start = 0
  #at = 0

  constructor(path: string) {
    this.#descriptor = openSync(path, "r")
    this.size = fstatSync(this.#descriptor).size
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  /** Where the next byte is read. */
  get offset(): number {
    return this.#start + this.#at
  }

  get left(): number {
    return this.size - this.offset
  }

  /** Fails unless `count` items of at least `bytes` bytes each can still come. */
  expect(count: number, bytes: number, what: string): void {
    if (count * bytes > this.left) {
      throw new Malformed(
        `${what} at byte ${this.offset} needs ${
          count * bytes
        } bytes but the file ends after ${this.left}; it is truncated `
          + "or damaged"
      )
    }
  }

  /** The next bytes, which are only good until the next call. */
  bytes(count: number, what: string): Buffer {
    this.expect(count, 1, what)
    if (this.#at + count > this.#window.length) this.#refill(count)
    const bytes = this.#window.subarray(this.#at, this.#at + count)
    this.#at += count
    return bytes
  }

  u8(what: string): number {
    return this.bytes(1, what).readUInt8()
  }

  u32(what: string): number {
    return this.bytes(4, what).readUInt32LE()
  }

  /** A 64-bit size as a number; sizes beyond what a file can have are refused. */
  u64(what: string): number {
    const bytes = this.bytes(8, what)
    const value = bytes.readUInt32LE(4) * 2 ** 32 + bytes.readUInt32LE(0)
    if (!Number.isSafeInteger(value)) throw new Malformed(`${what} is ${value}, which is no sensible size`)
    return value
  }

  text(what: string, longest: number): string {
    const length = this.u64(`the length of ${what}`)
    if (length > longest) throw new Malformed(`${what} is ${length} bytes long; at most ${longest} are sensible`)
    return this.bytes(length, what).toString("utf8")
  }

  #refill(count: number): void {
    const start = this.offset
    const length = Math.min(Math.max(count, WINDOW), this.size - start)
    const window = Buffer.allocUnsafe(length)
    let done = 0
    while (done < length) {
      const read = readSync(this.#descriptor, window, done, length - done, start + done)
      if (read === 0) throw new Malformed("ends while it is read; another program changes it")
      done += read
    }
    this.#window = window
    this.#start = start
    this.#at = 0
  }
}
