import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { tinyConfig } from "../../../models/testing/RandomModel.ts"
import { PromptStore } from "./PromptStore.ts"

const folder = mkdtempSync(join(tmpdir(), "continualcode-prompts-"))
afterAll(() => rmSync(folder, { recursive: true }))

const { headSize, keyValueHeads, layers } = tinyConfig
const prompt = (seed: number, count = 5) => ({
  ids: Array.from({ length: count }, (_, index) => seed + index),
  segment: Array.from(
    { length: 2 * layers },
    (_, index) => new Float32Array(keyValueHeads * count * headSize).fill(seed + index / 10)
  )
})

/** What is there and whole. */
const load = (store: PromptStore) =>
  store.list().flatMap(({ ids, read }) => {
    const segment = read()
    return segment === undefined ? [] : [{ ids, segment }]
  })

describe("prompts on disk", () => {
  it("come back as they were, newest first, and only a few", () => {
    const store = new PromptStore(join(folder, "a"), tinyConfig)
    assert.deepStrictEqual(load(store), [])
    for (let seed = 0; seed < 6; seed++) {
      store.save(prompt(seed, 3 + seed))
      readdirSync(join(folder, "a")).forEach((name) => {
        const path = join(folder, "a", name)
        const count = readFileSync(path).readUInt32LE(32)
        utimesSync(path, count, count)
      })
    }
    assert.deepStrictEqual(load(store), [5, 4, 3, 2].map((seed) => prompt(seed, 3 + seed)))
  })

  it("damaged, cut off or of another model are as if they were not there", () => {
    const place = join(folder, "b")
    const store = new PromptStore(place, tinyConfig)
    store.save(prompt(1))
    const file = join(place, readdirSync(place)[0]!)
    const bytes = readFileSync(file)
    assert.deepStrictEqual(load(new PromptStore(place, { ...tinyConfig, layers: 3 })), [])
    for (const at of [0, 33, 40, bytes.length - 1]) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1
      writeFileSync(file, damaged)
      assert.deepStrictEqual(load(store), [])
    }
    for (const end of [0, 10, bytes.length - 4]) {
      writeFileSync(file, bytes.subarray(0, end))
      assert.deepStrictEqual(load(store), [])
    }
    writeFileSync(file, bytes)
    assert.strictEqual(load(store).length, 1)
  })
})
