import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { defaultSettings } from "../core/config/Settings.ts"
import { TrainedWith } from "../core/domain/LessonEntry.ts"
import { Trainer } from "../core/Trainer.ts"
import { Workspace } from "../core/Workspace.ts"
import { fakeBackend } from "../test/helpers/FakeBackend.ts"
import { registry } from "./registry.ts"
import { trainerFor } from "./Retrain.ts"

const launch = {
  settings: { ...defaultSettings, learning_rate: 0.123 },
  workspace: "/w",
  adapter: "main",
  stateDirectory: "/w/.continualcode",
  projectState: "/w/.continualcode",
  output: "text",
  interactive: false
} as const

const throughJson = Schema.fromJsonString(Schema.toCodecJson(TrainedWith))

describe("a past Trainer", () => {
  it.effect("of every bundled objective is built again from what it said of itself", () =>
    Effect.gen(function*() {
      const backend = fakeBackend({ script: [] })
      const built = <E, R>(layer: Layer.Layer<Trainer, E, R>) =>
        Effect.map(Layer.build(layer.pipe(Layer.provide(backend))), (context) => Context.get(context, Trainer))
      for (const [name, part] of Object.entries(registry.objective)) {
        const { objective, settings } = yield* built(typeof part === "function" ? part(launch) : part)
        const recorded = { objective, settings, backend: "fake", engine: "none" }
        const stored = Schema.decodeUnknownSync(throughJson)(Schema.encodeSync(throughJson)(recorded))
        const past = trainerFor(stored)
        assert.isDefined(past, name)
        if (past === undefined) continue
        const again = yield* built(past)
        assert.deepStrictEqual([again.objective, again.settings], [objective, settings], name)
      }
      assert.isUndefined(trainerFor({ objective: "mine", settings: {}, backend: "b", engine: "e" }))
      const unknown = trainerFor({ objective: "sdpo", settings: { newSetting: 1 }, backend: "b", engine: "e" })
      assert.isDefined(unknown)
      if (unknown === undefined) return
      assert.include((yield* Effect.flip(built(unknown))).message, "newSetting")
    }).pipe(
      Effect.scoped,
      Effect.provide(Workspace.layer(".").pipe(Layer.provideMerge(NodeServices.layer)))
    ))
})
