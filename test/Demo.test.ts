import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { ToolSandbox } from "../core/ToolSandbox.ts"
import { Workspace } from "../core/Workspace.ts"
import { builtinTools, toolSandbox } from "../tools/index.ts"
import { uncontained } from "./helpers/Uncontained.ts"

const demo = fileURLToPath(new URL("../demo", import.meta.url))
/** The Nodes that a reader may have: the one that runs this, and the command's. */
const nodes = [...new Set([process.execPath, "node"])]

/** A copy of the demo, as it is committed, and the tools at work in it. */
const inDemo = <A, E>(body: (sandbox: ToolSandbox["Service"]) => Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const root = yield* fs.makeTempDirectoryScoped({ prefix: "continualcode-demo-" })
    for (const name of ["package.json", "src/calc.js", "test/calc.test.js"]) {
      yield* fs.makeDirectory(dirname(join(root, name)), { recursive: true })
      yield* fs.copyFile(join(demo, name), join(root, name))
    }
    const layer = toolSandbox(builtinTools).pipe(Layer.provide(uncontained), Layer.provide(Workspace.layer(root)))
    return yield* ToolSandbox.use(body).pipe(Effect.provide(layer))
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const calc = [
  "export function subtract(a, b) {",
  "  return a - b;",
  "}",
  "",
  "export function add(a, b) {",
  "  return a - b;",
  "}"
]

describe("the demo", () => {
  it.live("reads as the walkthrough shows it; its tests fail, and pass after the call of the walkthrough", () =>
    inDemo((sandbox) =>
      Effect.gen(function*() {
        const call = (tool: string, parameters: Readonly<Record<string, unknown>>) =>
          sandbox.run({ id: "1", tool, arguments: parameters })
        const passes = Effect.forEach(nodes, (node) => call("bash", { command: `'${node}' --test` }))

        assert.strictEqual(
          (yield* call("read", { path: "src/calc.js" })).output,
          [...calc.map((line, index) => `${index + 1}\t${line}`), "(end of file, 7 lines)"].join("\n")
        )
        for (const { output, success } of yield* passes) {
          assert.isFalse(success)
          assert.match(output, /fail 1\n/)
          assert.match(output, /skipped 1\n/)
          assert.match(output, /\(exit code 1\)$/)
        }

        const edited = { path: "src/calc.js", start_line: 6, end_line: 6, content: "  return a + b;" }
        assert.deepStrictEqual(yield* call("edit_lines", edited), {
          output: "Edited src/calc.js, lines 6 to 6:\n4\t\n5\texport function add(a, b) {\n6\t  return a + b;\n7\t}",
          success: true,
          meta: { path: "src/calc.js", added: 1, removed: 1 }
        })
        for (const { output, success } of yield* passes) {
          assert.isTrue(success, output)
          assert.match(output, /pass 2\n/)
        }

        const divide = "\nexport function divide(a, b) {\n  return a / b;\n}"
        yield* call("edit_lines", { path: "src/calc.js", start_line: 8, end_line: 8, content: divide })
        for (const { output, success } of yield* passes) {
          assert.isTrue(success, output)
          assert.match(output, /pass 3\n/)
        }
      })
    ))
})
