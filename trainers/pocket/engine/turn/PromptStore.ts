import { createHash } from "node:crypto"
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
import type { Segment } from "./Desk.ts"

/** A prompt's tokens with the base model's keys and values. */
interface StoredPrompt {
  readonly ids: ReadonlyArray<number>
  readonly segment: Segment
}

/** A prompt on disk: its tokens, and its keys and values where they are whole, read when they are wanted. */
export interface PromptOnDisk {
  readonly ids: ReadonlyArray<number>
  readonly read: () => Segment | undefined
}

/** Prompts that are kept: those of the projects worked in last. */
const KEPT = 4
const SUFFIX = ".prompt"
const DIGEST = 32
const HEAD = DIGEST + 4

const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest()

/**
 * Beginnings of prompts on disk, so that the next start need not compute system prompt and tools again. Each file is a SHA-256 of
 * what follows, the number of tokens, their ids (int32) and the arrays of the segment (float32), all little-endian; a file that
 * is damaged or of other sizes is as if it were not there. The folder belongs to one model.
 */
export class PromptStore {
  readonly #folder: string
  readonly #config: ModelConfig

  constructor(folder: string, config: ModelConfig) {
    this.#folder = folder
    this.#config = config
  }

  /** What is kept, newest first. */
  list(): ReadonlyArray<PromptOnDisk> {
    return this.#files().flatMap((file) => {
      const ids = this.#ids(file)
      return ids === undefined ? [] : [{ ids, read: () => this.#read(file, ids) }]
    })
  }

  /** Keeps a prompt, and drops the oldest of too many. A disk that is full or cannot be written keeps nothing. */
  save({ ids, segment }: StoredPrompt): void {
    const size = segment.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const bytes = new Uint8Array(HEAD + 4 * ids.length + size)
    new DataView(bytes.buffer).setUint32(DIGEST, ids.length, true)
    bytes.set(new Uint8Array(Int32Array.from(ids).buffer), HEAD)
    let at = HEAD + 4 * ids.length
    for (const array of segment) {
      bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
      at += array.byteLength
    }
    const sum = digest(bytes.subarray(DIGEST))
    bytes.set(sum)
    const path = join(this.#folder, `${sum.toString("hex").slice(0, 16)}${SUFFIX}`)
    try {
      mkdirSync(this.#folder, { recursive: true })
      writeFileSync(`${path}.${process.pid}.partial`, bytes)
      renameSync(`${path}.${process.pid}.partial`, path)
      for (const old of this.#files().slice(KEPT)) rmSync(old, { force: true })
    } catch {
      rmSync(`${path}.${process.pid}.partial`, { force: true })
    }
  }

  #files(): ReadonlyArray<string> {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith(SUFFIX)).map((name) => {
        const path = join(this.#folder, name)
        return { path, at: statSync(path).mtimeMs }
      }).toSorted((a, b) => b.at - a.at).map(({ path }) => path)
    } catch {
      return []
    }
  }

  /** The tokens of a file of the right size; whether they are what was written is known when all of it is read. */
  #ids(path: string): ReadonlyArray<number> | undefined {
    try {
      const file = openSync(path, "r")
      try {
        const head = Buffer.alloc(HEAD)
        readSync(file, head, 0, HEAD, 0)
        const count = head.readUInt32LE(DIGEST)
        if (count === 0 || statSync(path).size !== this.#size(count)) return undefined
        const ids = new Int32Array(count)
        readSync(file, ids, 0, ids.byteLength, HEAD)
        return [...ids]
      } finally {
        closeSync(file)
      }
    } catch {
      return undefined
    }
  }

  #read(path: string, ids: ReadonlyArray<number>): Segment | undefined {
    try {
      // In a buffer of its own, so that the arrays can lie in it.
      const bytes = new Uint8Array(this.#size(ids.length))
      const file = openSync(path, "r")
      try {
        if (readSync(file, bytes) !== bytes.length) return undefined
      } finally {
        closeSync(file)
      }
      if (!digest(bytes.subarray(DIGEST)).equals(bytes.subarray(0, DIGEST))) return undefined
      const places = this.#places(ids.length)
      return Array.from(
        { length: 2 * this.#config.layers },
        (_, index) => new Float32Array(bytes.buffer, HEAD + 4 * (ids.length + index * places), places)
      )
    } catch {
      return undefined
    }
  }

  /** Numbers of one array, for so many tokens. */
  #places(count: number): number {
    return this.#config.keyValueHeads * count * this.#config.headSize
  }

  #size(count: number): number {
    return HEAD + 4 * (count + 2 * this.#config.layers * this.#places(count))
  }
}
