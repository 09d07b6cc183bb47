import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { tar } from "../tinker-sdk/testing/service/Tar.ts"
import { readTar, writeAdapter } from "./Archive.ts"

const text = (value: string) => new TextEncoder().encode(value)
const files = {
  "run/adapter_config.json": text("{}"),
  "run/adapter_model.safetensors": new Uint8Array(1300).fill(7),
  "run/README.md": text("hello")
}
const folder = () => join(mkdtempSync(join(tmpdir(), "tinker-archive-")), "out")

describe("a downloaded adapter", () => {
  it("is read from a tar, compressed or not, without its folders", () => {
    for (const archive of [tar(files), Uint8Array.from(gzipSync(tar(files)))]) {
      const read = readTar(archive)
      assert.deepStrictEqual([...read?.keys() ?? []], ["adapter_config.json", "adapter_model.safetensors", "README.md"])
      assert.deepStrictEqual(read?.get("adapter_model.safetensors"), files["run/adapter_model.safetensors"])
    }
  })

  it.effect("is written as PEFT's two files and nothing else", () =>
    Effect.gen(function*() {
      const directory = folder()
      yield* writeAdapter(tar(files), directory)
      assert.deepStrictEqual(readdirSync(directory).toSorted(), ["adapter_config.json", "adapter_model.safetensors"])
      assert.strictEqual(readFileSync(join(directory, "adapter_config.json"), "utf8"), "{}")
    }))

  it.effect("is refused when damaged, cut or not whole, and nothing is written", () =>
    Effect.gen(function*() {
      const { "run/adapter_config.json": config } = files
      const gzip = Uint8Array.from(gzipSync(tar(files)))
      for (const bad of [tar(files).slice(0, 900), gzip.slice(0, 60), tar({ config }), text("no"), new Uint8Array(0)]) {
        const directory = folder()
        const error = yield* Effect.flip(writeAdapter(bad, directory))
        assert.match(error.message, /Try again/)
        assert.throws(() => readdirSync(directory))
      }
    }))
})
