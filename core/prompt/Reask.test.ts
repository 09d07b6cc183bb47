import { assert, describe, it } from "@effect/vitest"
import { reaskText } from "./ParseToolCall.ts"
import { changingReask } from "./Reask.ts"

const tool = (name: string, required: ReadonlyArray<string>) => ({
  type: "function" as const,
  function: { name, description: name, parameters: { type: "object", properties: {}, required } }
})
const reask = changingReask([tool("edit", ["path", "old"]), tool("read", ["path"])])

describe("asking again", () => {
  it("helps more at each try", () => {
    const reason = "There is no tool open."
    const wanted = { tool: "read", arguments: { path: "a.js" } }
    assert.strictEqual(reask({ reason, asked: 0 }), reaskText(reason))
    assert.strictEqual(reask({ reason, asked: 0, wanted }), reaskText("There is no tool open. read comes nearest."))
    assert.match(
      reask({ reason, asked: 1 }),
      /in this form:\n\{"name": "read", "arguments": \{"path": "README\.md"\}\}$/
    )
    assert.match(
      reask({ reason, asked: 1, wanted }),
      /^There is no tool open\. .*exactly this:\n\{"name": "read", "arguments": \{"path": "a\.js"\}\}$/
    )
  })

  it("says no more than before where no tool makes an example", () => {
    assert.strictEqual(changingReask([])({ reason: "No.", asked: 2 }), reaskText("No."))
  })
})
