import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../../test/helpers/LoadAgents.ts", import.meta.url))
const root = fileURLToPath(new URL("../..", import.meta.url))

const runtimes: ReadonlyArray<readonly [name: string, command: string, flags: ReadonlyArray<string>]> = [
  ["Node", process.execPath, []],
  ["Deno", join(root, "node_modules", ".bin", "deno"), ["run", "-A", "--no-remote"]]
]

const agents: Readonly<Record<string, string>> = {
  "plain.ts": `
    import { defineAgent } from "continualcode"
    export default defineAgent({ settings: { lora_rank: 8 } })`,
  "tool.ts": `
    import { defineAgent, defineTool } from "continualcode"
    import * as Schema from "effect/Schema"
    interface Typed { readonly stripped: true }
    const knock = defineTool({
      name: "knock", summary: "Knock.", parameters: Schema.Struct({ times: Schema.Int }), run: ({ times }) => "knock ".repeat(times)
    })
    export default defineAgent({ tools: [knock] })`,
  "enum.ts": `
    import { defineAgent } from "continualcode"
    enum Rank { Small = 4 }
    export default defineAgent({ settings: { lora_rank: Rank.Small } })`,
  "element.tsx": `/** @jsxImportSource react */
    import { defineAgent } from "continualcode"
    const h = <b>{"x"}</b>
    export default defineAgent({ settings: { seed: h === undefined ? 0 : 3 } })`,
  "none.ts": "export const agent = 1",
  "other.ts": "export default { model: \"pocket\" }",
  "syntax.ts": "export default (",
  "throws.ts": `
    const boom = (): never => { throw new Error("no luck") }
    export default boom()`,
  "absent.ts": "import \"some-missing-package\"",
  "mistyped.ts": "import \"continualcode/toolz\"",
  "relative.ts": "import \"./nowhere.ts\""
}

describe("loading an agent.ts that lies outside our package", () => {
  for (const [runtime, command, flags] of runtimes) {
    it.live(`on ${runtime}`, () =>
      Effect.gen(function*() {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "agent-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
        )
        const files = Object.entries(agents).map(([name, code]) => {
          writeFileSync(join(folder, name), code)
          return join(folder, name)
        })
        const output = yield* Effect.callback<string>((resume) => {
          execFile(command, [...flags, program, ...files], { cwd: root }, (error, stdout, stderr) =>
            resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stderr))))
        })
        const outcomes: ReadonlyArray<{ error?: string; settings?: unknown; tools?: unknown }> = JSON.parse(output)
        const of = (name: string) =>
          outcomes[Object.keys(agents).indexOf(name)]
        const error = (name: string) =>
          of(name)?.error ?? "none"

        assert.deepStrictEqual(of("plain.ts"), { settings: { lora_rank: 8 } })
        assert.deepStrictEqual(of("tool.ts"), { tools: [["knock", "Some"]] })
        assert.deepStrictEqual(of("enum.ts"), { settings: { lora_rank: 4 } })
        assert.deepStrictEqual(of("element.tsx"), { settings: { seed: 3 } })
        assert.match(error("none.ts"), /none\.ts must have a default export made by defineAgent.*no default export/)
        assert.match(error("other.ts"), /made by defineAgent.*something else/)
        assert.match(error("syntax.ts"), /syntax\.ts.* is not valid TypeScript/)
        assert.match(error("throws.ts"), /throws\.ts:2:\d+ stopped with an error: no luck/)
        assert.match(error("absent.ts"), /imports some-missing-package.*npm install some-missing-package/)
        assert.match(
          error("mistyped.ts"),
          /continualcode\/toolz, which does not exist\. Did you mean continualcode\/tools\?/
        )
        assert.match(error("relative.ts"), /nowhere\.ts, which does not exist/)
      }))
  }
})
