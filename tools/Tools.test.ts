import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chatTool } from "../core/ToolSchema.ts"
import { ToolSandbox } from "../core/ToolSandbox.ts"
import {
  COMMAND_SECONDS,
  KILL_AFTER_SECONDS,
  MAX_LINE_LENGTH,
  MAX_LINES,
  MAX_MATCH_LENGTH,
  MAX_MATCHES,
  MAX_OUTPUT_BYTES,
  MAX_PATHS,
  SEARCH_SECONDS
} from "./common/Limits.ts"
import { bash, builtinTools, edit, editLines, glob, grep, read, write } from "./index.ts"
import { callTool, fileText, inProject } from "./testing/TempProject.ts"

const summaries = [
  ["read", "Read a file.", true],
  ["write", "Write a file.", false],
  ["edit", "Replace text in a file.", false],
  ["edit_lines", "Replace lines of a file.", false],
  ["glob", "Find files by name.", true],
  ["grep", "Search file contents.", true],
  ["bash", "Run a shell command.", false]
]

describe("the built-in tools", () => {
  it("have the names, order and summaries that models are trained on", () => {
    assert.deepStrictEqual(builtinTools.map(({ name, readOnly, summary }) => [name, summary, readOnly]), summaries)
    assert.deepStrictEqual(builtinTools, [read, write, edit, editLines, glob, grep, bash])
  })

  it("state the limits that the code keeps", () => {
    const limits: ReadonlyArray<readonly [typeof builtinTools[number], ReadonlyArray<number>]> = [
      [read, [MAX_LINES, MAX_LINE_LENGTH, MAX_OUTPUT_BYTES]],
      [glob, [MAX_PATHS]],
      [grep, [MAX_MATCHES, MAX_MATCH_LENGTH, SEARCH_SECONDS]],
      [bash, [COMMAND_SECONDS, KILL_AFTER_SECONDS, MAX_LINES, MAX_OUTPUT_BYTES]]
    ]
    for (const [tool, numbers] of limits) {
      for (const number of numbers) assert.include(tool.description, String(number))
    }
    for (const { description } of builtinTools) assert.notMatch(description, /[{}]{2}/)
  })

  it("describe every parameter", () => {
    for (const tool of builtinTools) {
      const { properties } = JSON.parse(JSON.stringify(chatTool(tool, "full").function.parameters))
      for (const [name, property] of Object.entries<{ readonly description?: string }>(properties)) {
        assert.isNotEmpty(property.description ?? "", `${tool.name}.${name}`)
      }
    }
  })
})

const calc = "export function add(a, b) {\n  return a - b;\n}\n"

const diff = [
  "--- a/calc.js",
  "+++ b/calc.js",
  "@@ -1,3 +1,3 @@",
  " export function add(a, b) {",
  "-  return a - b;",
  "+  return a + b;",
  " }",
  ""
].join("\n")

const preview = (tool: string, parameters: Readonly<Record<string, unknown>>) =>
  inProject(
    { "calc.js": calc },
    Effect.gen(function*() {
      const sandbox = yield* ToolSandbox
      yield* callTool("read", { path: "calc.js" })
      const prospect = yield* sandbox.preview({ id: "1", tool, arguments: parameters })
      assert.strictEqual(yield* fileText("calc.js"), calc, "a preview changes nothing")
      return prospect._tag === "WouldFail" ? prospect.result.output : prospect.preview
    })
  )

describe("previews", () => {
  it.live("a file change is shown as a diff", () =>
    Effect.gen(function*() {
      const path = "calc.js"
      const wanted = { _tag: "Diff", path, diff } as const
      assert.deepStrictEqual(yield* preview("write", { path, content: calc.replace("-", "+") }), wanted)
      assert.deepStrictEqual(yield* preview("edit", { path, old: "a - b", new: "a + b" }), wanted)
      assert.deepStrictEqual(
        yield* preview("edit_lines", { path, start_line: 2, end_line: 2, content: "  return a + b;" }),
        wanted
      )
      assert.deepStrictEqual(yield* preview("write", { path: "new.js", content: "a\n" }), {
        _tag: "Diff",
        path: "new.js",
        diff: "--- /dev/null\n+++ b/new.js\n@@ -0,0 +1,1 @@\n+a\n"
      })
    }))

  it.live("a change that will be refused says so", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* preview("edit", { path: "calc.js", old: "zzz", new: "" }),
        "old is not in calc.js; read the file and copy the text to replace exactly"
      )
    }))

  it.live("other calls are told in words", () =>
    Effect.gen(function*() {
      const text = (words: string) => ({ _tag: "Text", text: words } as const)
      assert.deepStrictEqual(
        yield* preview("read", { path: "calc.js", offset: 3, limit: 2 }),
        text("Read calc.js from line 3, at most 2 lines")
      )
      assert.deepStrictEqual(
        yield* preview("glob", { pattern: "*.js", path: "." }),
        text("Find files matching *.js in .")
      )
      assert.deepStrictEqual(yield* preview("grep", { pattern: "add" }), text("Search for add"))
      assert.deepStrictEqual(yield* preview("bash", { command: "ls" }), text("ls"))
    }))
})
