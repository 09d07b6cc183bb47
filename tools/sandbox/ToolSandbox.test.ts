import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { tmpdir } from "node:os"
import { defineTool } from "../../core/defineTool.ts"
import type { Tool } from "../../core/Tool.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { Workspace } from "../../core/Workspace.ts"
import { uncontained } from "../../test/helpers/Uncontained.ts"
import { MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { builtinTools } from "../index.ts"
import { toolSandbox } from "./index.ts"

const machine = uncontained.pipe(
  Layer.provideMerge(Workspace.layer(tmpdir())),
  Layer.provideMerge(NodeServices.layer)
)

const withTools = <A, E>(tools: ReadonlyArray<Tool>, body: (sandbox: ToolSandbox["Service"]) => Effect.Effect<A, E>) =>
  ToolSandbox.use(body).pipe(Effect.provide(Layer.provide(toolSandbox(tools), machine)))

const problem = (tool: string, parameters: Readonly<Record<string, unknown>>) =>
  withTools(builtinTools, (sandbox) => Effect.sync(() => sandbox.problem({ id: "1", tool, arguments: parameters })))

const even = Schema.Int.check(Schema.makeFilter((n) => n % 2 === 0 || "only even numbers work"))

const own = defineTool({
  name: "own",
  summary: "Try things.",
  parameters: Schema.Struct({
    mode: Schema.Literals(["fast", "slow"]),
    count: Schema.optionalKey(even),
    names: Schema.optionalKey(Schema.Array(Schema.String))
  }),
  run: ({ mode }) => mode
})

const ownProblem = (parameters: Readonly<Record<string, unknown>>) =>
  withTools([own], (sandbox) => Effect.sync(() => sandbox.problem({ id: "1", tool: "own", arguments: parameters })))

/** A tool whose code breaks its promise never to fail. */
const broken: Tool = {
  name: "broken",
  summary: "Break.",
  description: "Break.",
  parameters: Schema.Struct({}),
  readOnly: true,
  preview: () => Effect.die(new Error("no preview here")),
  run: () => {
    throw new Error("boom")
  }
}

describe("the sandbox", () => {
  it.effect("finds nothing wrong with good arguments", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* problem("read", { path: "a.js" }), undefined)
      assert.strictEqual(yield* problem("read", { path: "a.js", offset: 1, limit: 20 }), undefined)
      assert.strictEqual(yield* problem("edit", { path: "a", old: "b", new: "c", all: true }), undefined)
    }))

  it.effect("says in one sentence which field is wrong, what came and what is allowed", () =>
    Effect.gen(function*() {
      const takes = "it takes path, offset (optional), limit (optional)."
      assert.strictEqual(yield* problem("read", {}), `read needs path, a string; ${takes}`)
      assert.strictEqual(yield* problem("read", { path: 3 }), "path of read is 3, but must be a string.")
      assert.strictEqual(
        yield* problem("read", { path: "a", offset: "three" }),
        "offset of read is \"three\", but must be an integer of at least 0."
      )
      assert.strictEqual(
        yield* problem("read", { path: "a", limit: 1.5 }),
        "limit of read is 1.5, but must be an integer of at least 1."
      )
      assert.strictEqual(
        yield* problem("read", { path: "a", limit: "0" }),
        "limit of read is 0, but must be an integer of at least 1."
      )
      assert.strictEqual(
        yield* problem("read", { path: null }),
        "path of read is null, but must be a string."
      )
      assert.strictEqual(
        yield* problem("read", { path: "a", file: "b" }),
        `read has no argument "file"; ${takes}`
      )
      assert.strictEqual(
        yield* problem("edit", { path: "a", old: "b", new: "c", all: "yes" }),
        "all of edit is \"yes\", but must be true or false."
      )
      assert.strictEqual(
        yield* problem("write", { path: "a", content: ["x".repeat(100)] }),
        `content of write is ["${"x".repeat(58)}…, but must be a string.`
      )
    }))

  it.effect("takes what has one meaning as it is meant", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* problem("read", { path: "a", limit: null, offset: "2" }), undefined)
      assert.strictEqual(yield* problem("edit", { path: "a", old: "b", new: "c", all: "true" }), undefined)
      assert.strictEqual(yield* problem("edit", { path: "a", old: "b", new: "c", all: "False" }), undefined)
      assert.strictEqual(
        yield* problem("edit_lines", { path: "a", start_line: " 3 ", end_line: "4", content: "3" }),
        undefined
      )
      assert.strictEqual(
        yield* problem("read", { path: "a", offset: "0x2" }),
        "offset of read is \"0x2\", but must be an integer of at least 0."
      )
      yield* withTools(
        [defineTool({
          name: "echo",
          summary: "Echo.",
          parameters: Schema.Struct({
            text: Schema.String,
            count: Schema.Int,
            loud: Schema.optionalKey(Schema.Boolean)
          }),
          run: (given) => JSON.stringify(given)
        })],
        (sandbox) =>
          Effect.gen(function*() {
            const given = { text: "7", count: "7", loud: null }
            assert.strictEqual(
              (yield* sandbox.run({ id: "1", tool: "echo", arguments: given })).output,
              "{\"text\":\"7\",\"count\":7}"
            )
          })
      )
    }))

  it.effect("takes other usual names of an argument, and says what was taken as what", () =>
    withTools(builtinTools, (sandbox) =>
      Effect.sync(() => {
        const call = (tool: string, given: Readonly<Record<string, unknown>>) => ({ id: "1", tool, arguments: given })
        const edit = call("edit", { file_path: "a", old_string: "b", newString: "c", replaceAll: "true" })
        assert.strictEqual(sandbox.problem(edit), undefined)
        assert.deepStrictEqual(sandbox.repairs?.(edit), [
          "file_path was taken as path",
          "old_string was taken as old",
          "newString was taken as new",
          "replaceAll was taken as all",
          "replaceAll was text and taken as true"
        ])
        assert.deepStrictEqual(sandbox.repairs?.(call("read", { path: "a", limit: "3", offset: null })), [
          "limit was text and taken as 3",
          "offset, which was null, was left out"
        ])
        assert.deepStrictEqual(sandbox.repairs?.(call("bash", { command: "ls" })), [])
        assert.deepStrictEqual(sandbox.repairs?.(call("rename", { file: "a" })), [])
        assert.match(sandbox.problem(call("read", { file: "a", filename: "b" })) ?? "", /has no argument "file"/)
      })))

  it.effect("knows the call that comes nearest to one that cannot run", () =>
    withTools(builtinTools, (sandbox) =>
      Effect.sync(() => {
        const nearest = (tool: string, given: Readonly<Record<string, unknown>>) =>
          sandbox.nearest?.({ id: "1", tool, arguments: given })
        assert.deepStrictEqual(nearest("git", { command: "git push" }), {
          tool: "bash",
          arguments: { command: "git push" }
        })
        assert.deepStrictEqual(nearest("create", { path: "notes.md", content: "hello" }), {
          tool: "write",
          arguments: { path: "notes.md", content: "hello" }
        })
        assert.deepStrictEqual(nearest("search", { path: "src", query: "TODO", all: true }), {
          tool: "grep",
          arguments: { path: "src", pattern: "TODO" }
        })
        assert.deepStrictEqual(nearest("open_file", { filename: "a.js", mode: "r" }), {
          tool: "read",
          arguments: { path: "a.js" }
        })
        assert.deepStrictEqual(nearest("read", { path: "a.js", encoding: "utf8" }), {
          tool: "read",
          arguments: { path: "a.js" }
        })
        assert.isUndefined(nearest("delete", { path: "old.txt" }))
        assert.isUndefined(nearest("create_branch", { branch_name: "feature" }))
      })))

  it.effect("a parameter or a tool of the full form is taken, and not described in brief", () =>
    withTools(
      [
        defineTool({
          name: "some",
          summary: "Some.",
          parameters: Schema.Struct({ a: Schema.String, b: Schema.optionalKey(Schema.String) }),
          fullOnly: ["b"],
          run: ({ a, b }) => `${a}${b ?? ""}`
        }),
        defineTool({
          name: "all",
          summary: "All.",
          parameters: Schema.Struct({}),
          fullOnly: true,
          run: () => "all"
        })
      ],
      (sandbox) =>
        Effect.gen(function*() {
          const names = (form: "brief" | "full") => sandbox.describe(form).map((tool) => tool.function.name)
          assert.deepStrictEqual([names("brief"), names("full")], [["some"], ["some", "all"]])
          assert.deepStrictEqual(sandbox.describe("brief")[0]?.function.parameters, {
            type: "object",
            properties: { a: { type: "string" } },
            required: ["a"]
          })
          const call = { id: "1", tool: "some", arguments: { a: "1", b: "2" } }
          assert.strictEqual((yield* sandbox.run(call)).output, "12")
          assert.strictEqual((yield* sandbox.run({ id: "1", tool: "all", arguments: {} })).output, "all")
          assert.strictEqual(
            sandbox.problem({ id: "1", tool: "some", arguments: {} }),
            "some needs a, a string; it takes a."
          )
        })
    ))

  it.effect("does so for tools of one's own as well", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* ownProblem({ mode: "medium" }),
        "mode of own is \"medium\", but must be one of \"fast\", \"slow\"."
      )
      assert.strictEqual(
        yield* ownProblem({ mode: "fast", count: 3 }),
        "count of own is 3, which does not fit: only even numbers work."
      )
      assert.strictEqual(
        yield* ownProblem({ mode: "fast", names: ["a", 2] }),
        "names.1 of own is 2, which does not fit: Expected string."
      )
      assert.strictEqual(
        yield* ownProblem({ mode: "fast", constructor: "x" }),
        "own has no argument \"constructor\"; it takes mode, count (optional), names (optional)."
      )
    }))

  it.effect("a tool without parameters takes none", () =>
    withTools([broken], (sandbox) =>
      Effect.sync(() => {
        const wrong = sandbox.problem({ id: "1", tool: "broken", arguments: { a: 1 } })
        assert.strictEqual(wrong, "broken has no argument \"a\"; it takes no arguments.")
        assert.strictEqual(sandbox.problem({ id: "1", tool: "broken", arguments: {} }), undefined)
      })))

  it.effect("takes values in their JSON form, as they are described to the model", () =>
    withTools(
      [defineTool({
        name: "when",
        summary: "When.",
        parameters: Schema.Struct({ at: Schema.Date, ratio: Schema.Number }),
        run: ({ at, ratio }) => `${at.getUTCFullYear() + ratio}`
      })],
      (sandbox) =>
        Effect.gen(function*() {
          const call = { id: "1", tool: "when", arguments: { at: "2026-05-01T00:00:00Z", ratio: 0.5 } }
          assert.deepStrictEqual(yield* sandbox.run(call), { output: "2026.5", success: true })
        })
    ))

  it.effect("names the tools when there is none of that name", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* problem("raed", {}),
        "There is no tool raed. Did you mean read? The tools are read, write, edit, edit_lines, glob, grep, bash."
      )
    }))

  it.effect("a call that cannot run is a result, not a failure", () =>
    withTools([own], (sandbox) =>
      Effect.gen(function*() {
        const text = "own needs mode, one of \"fast\", \"slow\"; it takes mode, count (optional), names (optional)."
        assert.deepStrictEqual(yield* sandbox.run({ id: "1", tool: "own", arguments: {} }), {
          output: text,
          success: false,
          feedback: text
        })
        assert.deepStrictEqual(yield* sandbox.preview({ id: "1", tool: "own", arguments: {} }), {
          _tag: "WouldFail",
          result: { output: text, success: false, feedback: text }
        })
        assert.deepStrictEqual(yield* sandbox.run({ id: "1", tool: "own", arguments: { mode: "fast" } }), {
          output: "fast",
          success: true
        })
      })))

  it.effect("a crash is a result as well", () =>
    withTools([broken], (sandbox) =>
      Effect.gen(function*() {
        const call = { id: "1", tool: "broken", arguments: {} }
        assert.deepStrictEqual(yield* sandbox.run(call), {
          output: "broken crashed: boom",
          success: false,
          feedback: "broken crashed: boom"
        })
        assert.deepStrictEqual(yield* sandbox.preview(call), {
          _tag: "WouldRun",
          preview: { _tag: "Text", text: "no preview: no preview here" }
        })
      })))

  it.effect("an interruption is none", () =>
    withTools(
      [defineTool({ name: "wait", summary: "Wait.", parameters: Schema.Struct({}), run: () => Effect.never })],
      (sandbox) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(sandbox.run({ id: "1", tool: "wait", arguments: {} }), {
            startImmediately: true
          })
          yield* Fiber.interrupt(fiber)
          assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
        })
    ))

  it.effect("output that is too long for any tool loses its middle", () =>
    withTools(
      [defineTool({
        name: "flood",
        summary: "Flood.",
        parameters: Schema.Struct({}),
        run: () => "line\n".repeat(50_000)
      })],
      (sandbox) =>
        Effect.gen(function*() {
          const { output } = yield* sandbox.run({ id: "1", tool: "flood", arguments: {} })
          assert.isBelow(Buffer.byteLength(output), MAX_OUTPUT_BYTES)
          assert.match(output, /\n\(\d+ bytes left out\)\n/)
        })
    ))

  it.effect("describes the tools to the model in both forms", () =>
    withTools([own], (sandbox) =>
      Effect.sync(() => {
        assert.strictEqual(sandbox.name, "none")
        assert.deepStrictEqual(sandbox.describe("brief").map((tool) => tool.function.parameters), [{
          type: "object",
          properties: { mode: { type: "string" }, count: { type: "integer" }, names: { type: "array" } },
          required: ["mode"]
        }])
        assert.deepStrictEqual(sandbox.describe("full")[0]?.function.name, "own")
      })))

  it.effect("refuses a list that no model could be given", () =>
    Effect.gen(function*() {
      const build = (tools: ReadonlyArray<Tool>) =>
        Effect.flip(withTools(tools, () => Effect.void)).pipe(Effect.map((error) => error.message))
      assert.strictEqual(yield* build([own, own, { ...own }]), "Two tools are called own; leave one out or rename it.")
      const odd = defineTool({ name: "odd", summary: "Odd.", parameters: Schema.String, run: () => "" })
      assert.strictEqual(
        yield* build([odd]),
        "The parameters of the tool odd cannot be described to a model: they are not the fields of a Schema.Struct. "
          + "Use a plain Schema.Struct of JSON values."
      )
    }))
})
