import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Scope from "effect/Scope"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { families } from "../Families.ts"
import { defaultPlaces } from "../Places.ts"
import { encodeTinyGguf, tinyGguf } from "../testing/GgufFile.ts"
import { writeModelFolder } from "../testing/ModelFolder.ts"
import { findModels } from "./FindModels.ts"
import { manifestPath } from "./Ollama.ts"
import { resolveModel } from "./ResolveModel.ts"

const DIGEST = "ab".repeat(32)

/** A home with a model in each program's folder. */
const home = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-sources-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const options = { ...defaultPlaces(folder), offline: true, report: () => Effect.void }
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }
  return { folder, options, write }
})

const test = <E>(name: string, body: Effect.Effect<void, E, FileSystem.FileSystem | Scope.Scope>) =>
  it.effect(name, () => body.pipe(Effect.provide(NodeFileSystem.layer)))

describe("models that other programs have", () => {
  test(
    "are found by the names that model_name takes, with what they are",
    Effect.gen(function*() {
      const { folder, options, write } = yield* home
      const manifest = JSON.stringify({
        layers: [
          { mediaType: "application/vnd.ollama.image.template", digest: `sha256:${"cd".repeat(32)}` },
          { mediaType: "application/vnd.ollama.image.model", digest: `sha256:${DIGEST}` }
        ]
      })
      const blob = write(
        join(options.ollamaDirectory, "blobs", `sha256-${DIGEST}`),
        encodeTinyGguf(tinyGguf("qwen2"))
      )
      write(join(options.ollamaDirectory, "manifests/registry.ollama.ai/library/coder/0.5b"), manifest)
      write(join(options.ollamaDirectory, "manifests/hf.co/some/coder-GGUF/Q4_K_M"), manifest)
      write(join(options.ollamaDirectory, "manifests/registry.ollama.ai/library/broken/latest"), "{}")
      const studio = write(
        join(options.lmStudioDirectory, "some/smol-GGUF/smol.gguf"),
        encodeTinyGguf(tinyGguf("llama"))
      )
      write(join(options.lmStudioDirectory, "some/smol-GGUF/mmproj-smol.gguf"), "an image encoder")
      const commit = "0".repeat(40)
      const cached = join(options.hubDirectory, "models--some--tiny")
      write(join(cached, "refs/main"), commit)
      writeModelFolder(join(cached, "snapshots", commit))
      write(join(options.hubDirectory, "models--some--bad-GGUF/refs/main"), commit)
      write(join(options.hubDirectory, "models--some--bad-GGUF/snapshots", commit, "bad.gguf"), "GGUF, or not")

      const found = yield* findModels(options)
      const about = found.map(({ model, name, source }) => [source, name, model?.family, model?.trainers.join()])
      const pocket = (family: string) => families.find((known) => known.name === family)?.backends.includes("pocket")
      assert.deepStrictEqual(about, [
        ["hub", "some/bad-GGUF/bad.gguf", undefined, undefined],
        ["hub", "some/tiny", "Qwen3", "pocket,gpu"],
        [
          "ollama",
          "ollama:hf.co/some/coder-GGUF:Q4_K_M",
          "Qwen2, Qwen2.5 and Qwen2.5-Coder",
          pocket("qwen2") ? "pocket" : ""
        ],
        ["ollama", "ollama:coder:0.5b", "Qwen2, Qwen2.5 and Qwen2.5-Coder", pocket("qwen2") ? "pocket" : ""],
        ["lmstudio", "some/smol-GGUF/smol.gguf", "Llama 3 and SmolLM2", pocket("llama") ? "pocket" : ""]
      ])
      assert.match(found[0]?.problem ?? "", /bad\.gguf: does not begin as a GGUF file/)
      assert.strictEqual(found[1]?.model?.parameters, 16_856)
      assert.strictEqual(found[1]?.model?.bytes, 4 * 16_856)

      for (const { model, name, path } of found) {
        if (model !== undefined) assert.strictEqual((yield* resolveModel(name, options)).path, path, name)
      }
      assert.strictEqual((yield* resolveModel("ollama:coder:0.5b", options)).path, blob)
      assert.strictEqual((yield* resolveModel(studio, options)).kind, "gguf")
      const missing = yield* Effect.flip(resolveModel("ollama:coder", options))
      assert.match(missing.message, /Ollama has no model coder in .*; it has .*coder:0\.5b.*`ollama pull coder`/)
      assert.include(missing.message, folder)
    })
  )

  test(
    "need not be there",
    Effect.gen(function*() {
      const { options } = yield* home
      assert.deepStrictEqual(yield* findModels(options), [])
      const error = yield* Effect.flip(resolveModel("ollama:x:y", options))
      assert.match(error.message, /Ollama has no model x:y in .*\. Get it with/)
    })
  )

  it("names of Ollama never leave its folder", () => {
    assert.strictEqual(manifestPath("coder"), join("registry.ollama.ai", "library", "coder", "latest"))
    assert.strictEqual(manifestPath("me/coder:1b"), join("registry.ollama.ai", "me", "coder", "1b"))
    assert.strictEqual(manifestPath("hf.co/me/coder:Q8_0"), join("hf.co", "me", "coder", "Q8_0"))
    for (const name of ["", "..", "../x", "a/../b", "a:../../x", "a:b:c", "a/b/c/d", "/a", "a//b"]) {
      assert.strictEqual(manifestPath(name), undefined, name)
    }
  })
})
