import { assert, describe, it } from "@effect/vitest"
import type { Message } from "../domain/Message.ts"
import { withoutDeniedCalls } from "./DeniedCalls.ts"

const call = { id: "1", tool: "bash", arguments: { command: "npm install zod" } }

describe("a conversation without denied calls", () => {
  it("keeps corrections, calls that ran, and everything in its order", () => {
    const conversation: ReadonlyArray<Message> = [
      { _tag: "User", text: "install zod" },
      { _tag: "Assistant", text: "first" },
      { _tag: "Denied", call, correction: "pnpm" },
      { _tag: "Assistant", text: "second" },
      { _tag: "Denied", call, correction: "add" },
      { _tag: "Assistant", text: "learned" },
      { _tag: "Denied", call, correction: "now known", learned: true },
      { _tag: "Assistant", text: "third" },
      { _tag: "ToolResult", call, output: "done", success: true },
      { _tag: "Assistant", text: "Installed." }
    ]
    assert.deepStrictEqual(withoutDeniedCalls(conversation), [
      { _tag: "User", text: "install zod" },
      { _tag: "Correction", text: "pnpm" },
      { _tag: "Correction", text: "add" },
      ...conversation.slice(7)
    ])
  })
})
