import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
import type { Segment } from "./Desk.ts"

/** A prompt's tokens with the base model's keys and values. */
interface StoredPrompt {
  readonly ids: ReadonlyArray<number>
  readonly segment: Segment
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
  load(): ReadonlyArray<StoredPrompt> {
    return this.#files().flatMap((file) => this.#read(file) ?? [])
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

  #read(path: string): StoredPrompt | undefined {
    const { headSize, keyValueHeads, layers } = this.#config
    try {
      const bytes = new Uint8Array(readFileSync(path))
      if (!digest(bytes.subarray(DIGEST)).equals(bytes.subarray(0, DIGEST))) return undefined
      const count = new DataView(bytes.buffer).getUint32(DIGEST, true)
      const size = keyValueHeads * count * headSize
      if (count === 0 || bytes.length !== HEAD + 4 * count + 4 * 2 * layers * size) return undefined
      const arrays = HEAD + 4 * count
      return {
        ids: [...new Int32Array(bytes.slice(HEAD, arrays).buffer)],
        segment: Array.from(
          { length: 2 * layers },
          (_, index) => new Float32Array(bytes.slice(arrays + 4 * index * size, arrays + 4 * (index + 1) * size).buffer)
        )
      }
    } catch {
      return undefined
    }
  }
}
