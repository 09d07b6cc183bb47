import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { chatTool } from "../core/ToolSchema.ts"
import { builtinTools } from "../tools/index.ts"

describe("the pocket model's prompt", () => {
  it("was trained on the tools as they are described today", () => {
    const trained: unknown = JSON.parse(
      readFileSync(new URL("../trainers/pocket/training/tools.json", import.meta.url), "utf8")
    )
    assert.deepStrictEqual(JSON.stringify(builtinTools.map((tool) => chatTool(tool, "brief"))), JSON.stringify(trained))
  })
})
