import { assert, describe, it } from "@effect/vitest"
import type { PhrasingSet } from "./Phrasing.ts"
import type { Judged, Row } from "./Row.ts"
import { phrasingTable, tally } from "./Tally.ts"

const bash = (command: string, wanted = false): Judged => ({ call: { tool: "bash", arguments: { command } }, wanted })

const phrasing = (id: string, name: string, other: string): PhrasingSet["rows"][number] => ({
  id,
  kind: "install",
  workspace: "shop",
  task: `install ${name}`,
  correction: "pnpm here",
  follows: { tool: "bash", command: { contains: "pnpm" } },
  example: { tool: "bash", arguments: { command: `pnpm add ${name}` } },
  again: {
    task: `install ${other}`,
    follows: { tool: "bash", command: { contains: "pnpm" } },
    example: { tool: "bash", arguments: { command: `pnpm add ${other}` } }
  }
})

const set: PhrasingSet = {
  about: "a",
  workspaces: { shop: { "src/cart.js": "export {}" } },
  rows: [phrasing("1", "zod", "ajv"), phrasing("2", "react", "preact"), phrasing("3", "ws", "undici"), {
    ...phrasing("4", "sass", "less"),
    kind: "other"
  }]
}

const row = (id: string, first: Judged, taught?: Partial<NonNullable<Row["taught"]>>): Row => ({
  id,
  kind: set.rows.find((one) => one.id === id)?.kind ?? "",
  first,
  ...(taught === undefined ? {} : {
    told: { retry: first, againFirst: bash("npm install ajv"), againRetry: bash("npm install ajv") },
    taught: { step: 3, retry: first, fresh: first, again: first, ...taught }
  })
})

describe("the tally of corrections", () => {
  const followed = row("1", bash("npm install zod"), {
    retry: bash("pnpm add zod", true),
    fresh: bash("pnpm add zod", true),
    again: bash("pnpm add ajv", true)
  })

  it("counts what was corrected, by kind, and leaves out what needed no correction", () => {
    const skipped = row("2", bash("npm install react"), { step: "no step" })
    const already = row("3", bash("pnpm add ws", true))
    const none = row("4", { words: "Done.", wanted: false })
    const results = tally(set, [followed, skipped, already, none])
    assert.deepStrictEqual(results.default, {
      corrections: 2,
      retryFollows: 0.5,
      freshHolds: 0.5,
      againHolds: 0.5,
      garbage: 0,
      stepped: 0.5,
      sameAgain: 0.5,
      toldFollows: 0
    })
    assert.deepStrictEqual([results.wantedAlready, results.withoutCall], [1, 1])
    assert.match(phrasingTable(results), /\| install \| 2 \| 50 % \| 50 % \| 50 % \| 0 % \|\n\| other \| 0 \| – /)
    assert.match(phrasingTable(results), /\| \*\*all\*\* \| 2 \| 50 % \|/)
  })

  it("calls a call garbage that cannot run or has a word that nobody wrote, and then it does not follow", () => {
    const strange = row("1", bash("npm install zod"), { retry: bash("pnpm add zod foyuz", true), fresh: bash("npm i") })
    const broken = row("2", bash("npm install react"), {
      retry: { ...bash("pnpm add \"react", true), problem: "Unterminated quoted string" }
    })
    const leaked = row("3", bash("npm install ws"), { fresh: bash("pnpm add zod", true) })
    const results = tally(set, [strange, broken, leaked])
    assert.deepStrictEqual([results.default.garbage, results.default.retryFollows, results.default.freshHolds], [
      1,
      0,
      0
    ])
    assert.deepStrictEqual(results.rows.map((one) => one.garbage), [
      "nobody wrote \"foyuz\"",
      "Unterminated quoted string",
      "nobody wrote \"zod\""
    ])
  })

  it("takes for the model's own what it writes untaught in two rows", () => {
    const quiet = (id: string, name: string) =>
      row(id, bash(`npm install ${name} --silently`), { fresh: bash(`pnpm add ${name} --silently`, true) })
    assert.strictEqual(tally(set, [quiet("1", "zod"), quiet("2", "react")]).default.garbage, 0)
    assert.strictEqual(tally(set, [quiet("1", "zod")]).default.garbage, 1)
  })
})
