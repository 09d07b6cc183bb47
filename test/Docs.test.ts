import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { settingsHelp } from "../core/config/Help.ts"
import { withTables } from "../plugins/build/DocsTables.ts"
import { objectives } from "../plugins/Objectives.ts"
import { registry } from "../plugins/registry.ts"
import { trainers } from "../plugins/Trainers.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const read = (name: string) => readFileSync(join(root, name), "utf8")

const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => join("docs", name))

describe("docs", () => {
  it("have the tables that the code has; npm run docs writes them", () => {
    for (const name of pages) assert.strictEqual(withTables(read(name)), read(name), name)
    const configuration = read("docs/configuration.md")
    for (const name of ["settings", "trainers", "objectives"]) assert.include(configuration, `<!-- ${name}: `)
    for (const { key } of settingsHelp()) assert.include(configuration, `| \`${key}\` |`)
    for (const { name } of [...trainers, ...objectives]) assert.include(configuration, `| \`${name}\` |`)
  })

  it("agent-ts.md lists the bundled parts that configuration.md does not", () => {
    const parts = read("docs/agent-ts.md")
    for (const kind of ["tools", "ui", "ledger"] as const) {
      const names = Object.keys(registry[kind]).map((name) => `\`${name}\``).join(", ")
      assert.match(parts, new RegExp(`^\\| \`${kind}\` \\|.*\\| ${names} \\|$`, "m"))
    }
  })

  it("links lead to files that exist", () => {
    const broken = [...pages, "AGENTS.md"].flatMap((page) =>
      Array.from(read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g), ([, link]) => join(dirname(page), link ?? ""))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page}: ${target}`)
    )
    assert.deepStrictEqual(broken, [])
  })

  it("every setting named in backticks as key=value exists", () => {
    const known = new Set(["agent", ...settingsHelp().map(({ key }) => key)])
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
