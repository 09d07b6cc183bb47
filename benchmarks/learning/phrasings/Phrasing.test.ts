import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadPhrasings } from "./Load.ts"
import { isWanted } from "./Phrasing.ts"

describe("the frozen corrections", () => {
  it.effect("are at least 120, each with its own name, words and calls that can be met", () =>
    Effect.gen(function*() {
      const { rows, workspaces } = yield* loadPhrasings
      assert.isAtLeast(rows.length, 120)
      assert.strictEqual(new Set(rows.map(({ id }) => id)).size, rows.length)
      assert.strictEqual(new Set(rows.map(({ correction }) => correction.toLowerCase())).size, rows.length)
      for (const row of rows) {
        assert.property(workspaces, row.workspace, row.id)
        assert.property(workspaces, row.again.workspace ?? row.workspace, row.id)
        assert.isTrue(isWanted(row.follows, row.example), row.id)
        assert.isTrue(isWanted(row.again.follows, row.again.example), `${row.id} again`)
        assert.isFalse((row.approve ?? []).some((shape) => isWanted(shape, row.example)), row.id)
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it("want every argument that they name, in every way", () => {
    const wanted = { tool: "bash", command: { startsWith: "pnpm add", contains: "zod" } } as const
    assert.isTrue(isWanted(wanted, { tool: "bash", arguments: { command: "pnpm add -D zod" } }))
    assert.isFalse(isWanted(wanted, { tool: "bash", arguments: { command: "pnpm add ajv" } }))
    assert.isFalse(isWanted(wanted, { tool: "bash", arguments: { command: "echo pnpm add zod" } }))
    assert.isFalse(isWanted(wanted, { tool: "read", arguments: { command: "pnpm add zod" } }))
    assert.isFalse(isWanted({ tool: "bash", command: { matches: "zod" } }, { tool: "bash", arguments: {} }))
    const either = { anyOf: [wanted, { tool: ["edit", "edit_lines"], path: { equals: "a.js" } }] } as const
    assert.isTrue(isWanted(either, { tool: "edit_lines", arguments: { path: "a.js" } }))
    assert.isFalse(isWanted(either, { tool: "edit", arguments: { path: "b.js" } }))
  })
})
