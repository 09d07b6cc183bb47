import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { defaultSettings } from "../../core/config/Settings.ts"
import type { Launch } from "../../core/defineAgent.ts"
import { readProjectState, writeProjectState } from "../host/ProjectState.ts"
import { consent } from "./Consent.ts"

const launchIn = (projectState: string, over: Partial<Launch> = {}): Launch => ({
  settings: defaultSettings,
  workspace: "/work/shop",
  adapter: "main",
  stateDirectory: projectState,
  projectState,
  output: "text",
  interactive: true,
  ...over
})

describe("consent to sending a project's prompts", () => {
  const folder = () => mkdtempSync(join(tmpdir(), "tinker-consent-"))

  it.effect("is asked for once for each project and service, with what leaves the machine", () =>
    Effect.gen(function*() {
      const told: Array<string> = []
      const answering = (yes: boolean) => (text: string) =>
        Effect.sync(() => {
          told.push(text)
          return yes
        })
      const launch = launchIn(folder())
      const refused = yield* Effect.flip(consent(launch, "a.test", answering(false)))
      assert.match(refused.message, /Nothing was sent.*trainer=pocket/)
      assert.deepStrictEqual(readdirSync(launch.projectState), [])
      yield* consent(launch, "a.test", answering(true))
      yield* consent(launch, "a.test", answering(false))
      yield* consent(launch, "b.test", answering(true))
      assert.strictEqual(told.length, 3)
      assert.match(told[0] ?? "", /sends to a\.test[\s\S]*any part of any file[\s\S]*corrections[\s\S]*\/work\/shop/)
      yield* Effect.flip(consent(launchIn(folder()), "a.test", answering(false)))
      assert.strictEqual(told.length, 4)
    }).pipe(Effect.provide(NodeFileSystem.layer), Effect.provide(NodePath.layer)))

  it.effect("does not come with a copied folder, and for prompts alone does not cover training", () =>
    Effect.gen(function*() {
      let asked = 0
      const yes = () => Effect.sync(() => ++asked > 0)
      const projectState = folder()
      const sampling = { ...defaultSettings, enable_training: false }
      yield* writeProjectState(projectState, { adapter: "work" })
      yield* consent(launchIn(projectState, { settings: sampling }), "a.test", yes)
      yield* consent(launchIn(projectState), "a.test", yes)
      yield* consent(launchIn(projectState, { settings: sampling }), "a.test", yes)
      assert.strictEqual(asked, 2)
      yield* consent(launchIn(projectState, { workspace: "/work/copy" }), "a.test", yes)
      assert.strictEqual(asked, 3)
      assert.deepStrictEqual(yield* readProjectState(projectState), {
        adapter: "work",
        agreed: { "a.test": { workspace: "/work/copy", training: true } }
      })
    }).pipe(Effect.provide(NodeFileSystem.layer), Effect.provide(NodePath.layer)))

  it.effect("without a terminal is given by the setting alone, and does not speak of training that is off", () =>
    Effect.gen(function*() {
      const never = () => Effect.die("asked")
      const settings = { ...defaultSettings, enable_training: false }
      const launch = launchIn(folder(), { interactive: false, settings })
      const refused = yield* Effect.flip(consent(launch, "a.test", never))
      assert.match(refused.message, /Nothing is trained there[\s\S]*tinker_consent=true/)
      assert.notInclude(refused.message, "corrections")
      yield* consent({ ...launch, settings: { ...settings, tinker_consent: true } }, "a.test", never)
      yield* consent(launch, "a.test", never)
    }).pipe(Effect.provide(NodeFileSystem.layer), Effect.provide(NodePath.layer)))
})
