import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { settingsHelp } from "../core/config/Help.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const read = (name: string) => readFileSync(join(root, name), "utf8")

const settingsTable = [
  "| key | values | default | meaning |",
  "|---|---|---|---|",
  ...settingsHelp.map((row) =>
    `| \`${row.key}\` | ${row.values.replaceAll("|", "\\|")} | ${row.default} | ${row.meaning} |`
  )
].join("\n")

describe("docs", () => {
  it("configuration.md lists every setting as the schema has it", () => {
    const text = read("docs/configuration.md")
    const table = text.slice(text.indexOf("-->\n") + 4, text.indexOf("\n<!-- /settings -->"))
    assert.strictEqual(table, settingsTable)
  })

  it("links lead to files that exist", () => {
    const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) =>
      join("docs", name)
    )
    const broken = [...pages, "AGENTS.md"].flatMap((page) =>
      Array.from(read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g), ([, link]) => join(dirname(page), link ?? ""))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page}: ${target}`)
    )
    assert.deepStrictEqual(broken, [])
  })

  it("every setting named in backticks as key=value exists", () => {
    const known = new Set(["agent", ...settingsHelp.map(({ key }) => key)])
    const unknown = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).flatMap((name) =>
      Array.from(read(join("docs", name)).matchAll(/`([a-z_]+)=[^`]*`/g), ([, key]) => key ?? "")
        .filter((key) => key.includes("_") && !known.has(key))
    )
    assert.deepStrictEqual(unknown, [])
  })

  it.live("the examples load", () =>
    Effect.gen(function*() {
      const examples = readdirSync(join(root, "docs/examples")).map((name) => join(root, "docs/examples", name))
      const output = yield* Effect.callback<string>((resume) => {
        execFile(process.execPath, [join(root, "test/helpers/LoadAgents.ts"), ...examples], (error, stdout, stderr) =>
          resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stderr))))
      })
      const outcomes: ReadonlyArray<{ error?: string }> = JSON.parse(output)
      assert.strictEqual(outcomes.length, examples.length)
      assert.deepStrictEqual(
        outcomes.flatMap(({ error }) =>
          error ?? []
        ),
        []
      )
    }))
})
