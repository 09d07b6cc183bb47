import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { tmpdir } from "node:os"
import { uncontained } from "../test/helpers/Uncontained.ts"
import { defineTool, type ToolDefinition } from "./defineTool.ts"
import { Jobs } from "./Jobs.ts"
import { Checkpoints } from "./Checkpoints.ts"
import { ToolMemory } from "./ToolMemory.ts"
import { Workspace } from "./Workspace.ts"

const Parameters = Schema.Struct({ name: Schema.String })

const machine = uncontained.pipe(
  Layer.provideMerge(Layer.mergeAll(Workspace.layer(tmpdir()), ToolMemory.layer(), Checkpoints.layer(), Jobs.layer)),
  Layer.provideMerge(NodeServices.layer)
)

const make = (
  run: ToolDefinition<typeof Parameters>["run"],
  preview?: ToolDefinition<typeof Parameters>["preview"]
) =>
  defineTool({
    name: "greet",
    summary: "Greet.",
    parameters: Parameters,
    run,
    ...(preview === undefined ? {} : { preview })
  })

const running = (run: ToolDefinition<typeof Parameters>["run"]) =>
  Effect.provide(make(run).run({ name: "Ada" }), machine)

const greeted = { output: "hello Ada", success: true }
const failed = { output: "greet failed: no luck", success: false, feedback: "greet failed: no luck" }

describe("defineTool", () => {
  it.effect("run may return a text, a result, a promise or an effect of either", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* running(({ name }) => `hello ${name}`), greeted)
      assert.deepStrictEqual(yield* running(({ name }) => ({ output: `hello ${name}`, success: true })), greeted)
      assert.deepStrictEqual(yield* running(async ({ name }) => `hello ${name}`), greeted)
      assert.deepStrictEqual(yield* running(({ name }) => Effect.succeed(`hello ${name}`)), greeted)
      const partial = { output: "half", success: false, feedback: "try the other half" }
      assert.deepStrictEqual(yield* running(() => Promise.resolve(partial)), partial)
    }))

  it.effect("an effect may use the workspace", () =>
    Effect.gen(function*() {
      const result = yield* running(() => Workspace.useSync((workspace) => workspace.relative(`${workspace.root}/a`)))
      assert.deepStrictEqual(result, { output: "a", success: true })
    }))

  it.effect("whatever goes wrong is a failed result", () =>
    Effect.gen(function*() {
      const error = new Error("no luck")
      const thrown = () => {
        throw error
      }
      assert.deepStrictEqual(yield* running(thrown), failed)
      assert.deepStrictEqual(yield* running(() => Promise.reject(error)), failed)
      assert.deepStrictEqual(yield* running(() => Effect.fail("no luck")), failed)
      assert.deepStrictEqual(yield* running(() => Effect.die(error)), failed)
    }))

  it.effect("an interruption aborts the signal and stays an interruption", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<AbortSignal>()
      const fiber = yield* Effect.forkChild(running((_, { signal }) => {
        Deferred.doneUnsafe(started, Effect.succeed(signal))
        return new Promise(() => undefined)
      }))
      const signal = yield* Deferred.await(started)
      assert.isFalse(signal.aborted)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(signal.aborted)
    }))

  it.effect("a preview may be a text, or missing; what goes wrong in it is told", () =>
    Effect.gen(function*() {
      const shown = (preview: ToolDefinition<typeof Parameters>["preview"]) =>
        Effect.provide(make(() => "", preview).preview!({ name: "Ada" }), machine)
      const text = (text: string) => ({ _tag: "WouldRun", preview: { _tag: "Text", text } } as const)
      assert.deepStrictEqual(yield* shown(({ name }) => `greets ${name}`), text("greets Ada"))
      const diff = { _tag: "Diff", path: "a", diff: "" } as const
      assert.deepStrictEqual(yield* shown(async () => diff), { _tag: "WouldRun", preview: diff })
      assert.deepStrictEqual(yield* shown(() => Effect.fail("no luck")), text("no preview: no luck"))
      const fails = { _tag: "WouldFail", result: { output: "no", success: false } } as const
      assert.deepStrictEqual(yield* shown(() => fails), fails)
      assert.isFalse("preview" in make(() => ""))
    }))

  it("fills in what is left out", () => {
    const { description, name, readOnly, summary } = make(() => "")
    assert.deepStrictEqual({ description, name, readOnly, summary }, {
      description: "Greet.",
      name: "greet",
      readOnly: false,
      summary: "Greet."
    })
  })

  it("refuses names that model providers refuse", () => {
    for (const name of ["", "two words", "1st", "a".repeat(65), "naïve"]) {
      assert.throws(
        () => defineTool({ name, summary: "", parameters: Parameters, run: () => "" }),
        /cannot be a tool's name; use up to 64 letters/
      )
    }
  })
})
