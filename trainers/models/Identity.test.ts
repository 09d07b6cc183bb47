import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { rememberedIdentity } from "./Identity.ts"
import type { ModelSource } from "./ModelSource.ts"
import { openModel } from "./OpenModel.ts"
import { encodeTinyGguf, tinyGguf } from "./testing/GgufFile.ts"

const setUp = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-identity-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const file = join(folder, "tiny.gguf")
  writeFileSync(file, encodeTinyGguf(tinyGguf("qwen3")))
  const cache = join(folder, "cache")
  let read = 0
  /** The model as it is now; counts how often its weights are read whole. */
  const opened = Effect.map(openModel(file), (source): ModelSource => ({
    ...source,
    identity: Effect.tap(source.identity, () => Effect.sync(() => void read++))
  }))
  return { cache, file, opened, read: () => read }
})

describe("a remembered identity", () => {
  it.effect("is read once, and anew when the file has changed", () =>
    Effect.gen(function*() {
      const { cache, file, opened, read } = yield* setUp
      const source = yield* opened
      const first = yield* rememberedIdentity(source, cache)
      assert.strictEqual(first, yield* (yield* openModel(file)).identity)
      assert.strictEqual(yield* rememberedIdentity(yield* opened, cache), first)
      assert.strictEqual(read(), 1)
      writeFileSync(file, encodeTinyGguf(tinyGguf("qwen3", undefined, 2)))
      const second = yield* rememberedIdentity(yield* opened, cache)
      assert.notStrictEqual(second, first)
      assert.strictEqual(read(), 2)
    }))

  it.effect("that is damaged, or cannot be kept, is worked out", () =>
    Effect.gen(function*() {
      const { cache, file, opened, read } = yield* setUp
      const first = yield* rememberedIdentity(yield* opened, cache)
      const [note = ""] = readdirSync(join(cache, "identities"))
      writeFileSync(join(cache, "identities", note), "half of i")
      assert.strictEqual(yield* rememberedIdentity(yield* opened, cache), first)
      assert.strictEqual(yield* rememberedIdentity(yield* opened, file), first)
      assert.strictEqual(read(), 3)
    }))
})
