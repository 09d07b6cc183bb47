import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { gpuPlaces } from "./GpuPlaces.ts"

const given = (environment: Record<string, string>) =>
  Layer.merge(NodeFileSystem.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))

describe("places of the gpu trainer", () => {
  it.effect("are the usual ones", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* gpuPlaces("/home/x"), {
        cacheDirectory: "/home/x/.cache/continualcode",
        hubDirectory: "/home/x/.cache/huggingface/hub",
        hubEndpoint: "https://huggingface.co",
        offline: false,
        ollamaDirectory: "/home/x/.ollama/models",
        lmStudioDirectory: "/home/x/.lmstudio/models"
      })
    }).pipe(Effect.provide(given({}))))

  it.effect("follow the environment", () =>
    Effect.gen(function*() {
      const places = yield* gpuPlaces("/home/x")
      assert.strictEqual(places.cacheDirectory, "/c/continualcode")
      assert.strictEqual(places.hubDirectory, "/hf/hub")
      assert.strictEqual(places.hubEndpoint, "http://mirror")
      assert.isTrue(places.offline)
      assert.strictEqual(places.ollamaDirectory, "/big/ollama")
      assert.strictEqual(places.hubToken === undefined ? "" : Redacted.value(places.hubToken), "hf_x")
    }).pipe(Effect.provide(given({
      XDG_CACHE_HOME: "/c",
      HF_HOME: "/hf",
      HF_ENDPOINT: "http://mirror/",
      HF_TOKEN: "hf_x",
      HF_HUB_OFFLINE: "1",
      OLLAMA_MODELS: "/big/ollama"
    }))))

  it.effect("take the token that a login left, and one folder of models before the other", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const home = yield* files.makeTempDirectoryScoped()
      yield* files.makeDirectory(`${home}/.cache/huggingface`, { recursive: true })
      yield* files.writeFileString(`${home}/.cache/huggingface/token`, "hf_stored\n")
      const places = yield* gpuPlaces(home)
      assert.strictEqual(places.hubDirectory, "/models")
      assert.strictEqual(places.hubToken === undefined ? "" : Redacted.value(places.hubToken), "hf_stored")
    }).pipe(Effect.provide(given({ HF_HUB_CACHE: "/models" }))))
})
