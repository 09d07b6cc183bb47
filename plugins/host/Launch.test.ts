import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { defaultSettings, otherModelSettings, turnSettings } from "../../core/config/Settings.ts"
import { defineAgent } from "../../core/defineAgent.ts"
import type { Trainer } from "../../core/Trainer.ts"
import { findAgent, namedAgent } from "./FindAgent.ts"
import { unreachable } from "./FixedParts.ts"
import { overlay, prepareLaunch } from "./Launch.ts"
import { trust, trustOf } from "./Trust.ts"

/** A temporary folder with these files in it; folders end with a slash. Its real path. */
const tree = Effect.fnUntraced(function*(...names: ReadonlyArray<string>) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* files.realPath(yield* files.makeTempDirectoryScoped())
  for (const name of names) {
    const full = path.join(root, name)
    yield* files.makeDirectory(name.endsWith("/") ? full : path.dirname(full), { recursive: true })
    if (!name.endsWith("/")) yield* files.writeFileString(full, "// agent")
  }
  return (name: string) => path.join(root, name)
})

layer(NodeServices.layer)("host", (it) => {
  describe("finding agent.ts", () => {
    it.effect("takes the nearest one upwards", () =>
      Effect.gen(function*() {
        const at = yield* tree("repo/.git/", "repo/agent.ts", "repo/a/b/", "repo/c/agent.js", "repo/c/d/")
        assert.strictEqual(yield* findAgent(at("repo/a/b"), at("home")), at("repo/agent.ts"))
        assert.strictEqual(yield* findAgent(at("repo/c/d"), at("home")), at("repo/c/agent.js"))
      }))

    it.effect("stops at the repository's root and before the home folder", () =>
      Effect.gen(function*() {
        const at = yield* tree("agent.ts", "repo/.git/", "repo/a/", "home/agent.ts", "home/b/c/")
        assert.isUndefined(yield* findAgent(at("repo/a"), at("home")))
        assert.isUndefined(yield* findAgent(at("home/b/c"), at("home")))
      }))

    it.effect("leaves out another user's file above the folder it starts in, but not root's", () =>
      Effect.gen(function*() {
        const at = yield* tree("agent.ts", "mine/project/")
        const files = yield* FileSystem.FileSystem
        const [mine, theirs, root] = [1000, 1001, 0]
        const foundIfOf = (owner: number) =>
          findAgent(at("mine/project"), at("home")).pipe(
            Effect.provideService(FileSystem.FileSystem, {
              ...files,
              stat: (name) =>
                Effect.map(files.stat(name), (info) => ({
                  ...info,
                  uid: Option.some(name === at("agent.ts") ? owner : mine)
                }))
            })
          )
        assert.isUndefined(yield* foundIfOf(theirs))
        assert.strictEqual(yield* foundIfOf(mine), at("agent.ts"))
        assert.strictEqual(yield* foundIfOf(root), at("agent.ts"))
      }))

    it.effect("a named one must be a file", () =>
      Effect.gen(function*() {
        const at = yield* tree("x/mine.ts")
        assert.strictEqual(yield* namedAgent("mine.ts", at("x")), at("x/mine.ts"))
        assert.match(
          (yield* Effect.flip(namedAgent("no.ts", at("x")))).message,
          /agent=no\.ts: there is no file .*no\.ts/
        )
        assert.match((yield* Effect.flip(namedAgent("x", at("")))).message, /agent=x: there is no file/)
      }))
  })

  describe("settings", () => {
    it.effect("defaults, then agent.ts, then the command line", () =>
      Effect.gen(function*() {
        const agent = defineAgent({ model: "models/mine", settings: { lora_rank: 8, seed: 5, top_p: undefined } })
        assert.deepStrictEqual({ ...(yield* overlay(agent, ["seed=9"])) }, {
          ...defaultSettings,
          ...otherModelSettings,
          ...turnSettings,
          model_name: "models/mine",
          lora_rank: 8,
          seed: 9
        })
        assert.strictEqual((yield* overlay(agent, ["model_name=pocket"])).model_name, "pocket")
      }))

    it.effect("have another learning rate for a large model, unless one is given", () =>
      Effect.gen(function*() {
        const rate = (keys: ReadonlyArray<string>, agent = defineAgent({ trainer: "pocket", model: "pocket" })) =>
          Effect.map(overlay(agent, keys), ({ learning_rate }) => learning_rate)
        const large = ["trainer=gpu", "model_name=Qwen/Qwen3-8B"]
        assert.strictEqual(yield* rate(large), 1e-4)
        assert.strictEqual(yield* rate([...large, "learning_rate=0.5"]), 0.5)
        assert.strictEqual(
          yield* rate([], defineAgent({ trainer: "gpu", model: "x", settings: { learning_rate: 2 } })),
          2
        )
        assert.strictEqual(yield* rate(["trainer=gpu"]), defaultSettings.learning_rate)
        assert.strictEqual(yield* rate(["model_name=/models/x"]), 4e-4)
      }))

    it.effect("have an epsilon that no server's scale of gradients matters to on a Tinker service, unless one is given", () =>
      Effect.gen(function*() {
        const epsilon = (keys: ReadonlyArray<string>) =>
          Effect.map(overlay(defineAgent({}), ["model_name=Qwen/Qwen3-8B", ...keys]), (found) => found.adam_epsilon)
        assert.isBelow(yield* epsilon(["trainer=tinker"]), 1e-11)
        assert.strictEqual(yield* epsilon(["trainer=tinker", "adam_epsilon=0.1"]), 0.1)
        assert.strictEqual(yield* epsilon(["trainer=gpu"]), defaultSettings.adam_epsilon)
      }))

    it.effect("folders are settled, and must exist", () =>
      Effect.gen(function*() {
        const at = yield* tree("ws/", "file")
        const request = { directory: at(""), output: "text", interactive: false } as const
        const launch = yield* prepareLaunch(defineAgent({}), { ...request, keys: ["workspace=ws"] })
        assert.deepStrictEqual([launch.workspace, launch.stateDirectory], [at("ws"), at("ws/.continualcode")])
        const own = yield* prepareLaunch(defineAgent({}), { ...request, keys: ["state_dir=st"] })
        assert.strictEqual(own.stateDirectory, at("st"))
        const wrong = (key: string) => Effect.flip(prepareLaunch(defineAgent({}), { ...request, keys: [key] }))
        assert.match((yield* wrong("workspace=nope")).message, /workspace=nope: there is no folder/)
        assert.match((yield* wrong("workspace=file")).message, /is not a folder/)
      }))

    it.effect("that cannot reach a finished layer are told", () =>
      Effect.sync(() => {
        const objective: Layer.Layer<Trainer> = Layer.effectContext(Effect.never)
        assert.match(
          unreachable(defineAgent({ objective }), ["learning_rate=1", "lora_rank=8"]).join(),
          /gives its objective as a finished layer, so learning_rate has no effect/
        )
        assert.match(
          unreachable(defineAgent({ objective }), ["seed=1", "confidence=0", "rehearse=0", "temperature=1"]).join(),
          /so confidence, rehearse, seed has no effect/
        )
        assert.deepStrictEqual(unreachable(defineAgent({ objective: () => objective }), ["learning_rate=1"]), [])
        assert.deepStrictEqual(unreachable(defineAgent({ objective }), ["learning_rate=1", "objective=sdpo"]), [])
      }))
  })

  it.effect("code of a workspace is trusted once; another file of it and nobody else's word for it are not", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const at = yield* tree("ws/agent.ts", "ws/agent.js", "user/")
      const asUser = Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ XDG_CONFIG_HOME: at("user") })))
      const standing = (...names: ReadonlyArray<string>) =>
        Effect.map(trustOf(at("ws"), names.map((name) => at(`ws/${name}`))), ({ _tag }) => _tag).pipe(asUser)
      assert.strictEqual(yield* standing("agent.ts"), "Unknown")
      yield* asUser(trust(at("ws"), [at("ws/agent.ts")]))
      assert.strictEqual(yield* standing("agent.ts"), "Trusted")
      assert.strictEqual(yield* standing("agent.js"), "Unknown")
      assert.strictEqual(yield* standing("agent.ts", "agent.js"), "Unknown")
      yield* files.writeFileString(at("ws/agent.ts"), "// changed")
      assert.strictEqual(yield* standing("agent.ts"), "Changed")
      yield* files.makeDirectory(at("ws/.continualcode"))
      yield* files.copyFile(at("user/continualcode/trusted.json"), at("ws/.continualcode/trusted.json"))
      yield* files.remove(at("user/continualcode/trusted.json"))
      assert.strictEqual(yield* standing("agent.ts"), "Unknown")
      yield* files.writeFileString(at("user/continualcode/trusted.json"), "broken")
      assert.match((yield* Effect.flip(standing("agent.ts"))).message, /trusted\.json .* Repair it, or remove it/)
    }))
})
