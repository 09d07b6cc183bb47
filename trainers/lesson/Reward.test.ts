import { assert, describe, it } from "@effect/vitest"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"
import { said } from "../../core/Turn.ts"
import * as Reward from "./Reward.ts"

const exactReward = (turn: string, wanted: string) => Reward.exactReward(said(turn), said(wanted))
const gradedReward = (turn: string, wanted: string) => Reward.gradedReward(said(turn), said(wanted))

const wanted = toolCallText("edit", { path: "a.js", old: "1", new: "2" })

describe("rewards", () => {
  it("are 1 for the wanted call however it is written", () => {
    const spaced =
      "<tool_call>\n{\"name\":\"edit\", \"arguments\": {\"new\": \"2\", \"old\": \"1\", \"path\": \"a.js\"}}\n</tool_call>"
    assert.deepStrictEqual([exactReward(spaced, wanted), gradedReward(spaced, wanted)], [1, 1])
  })

  it("grade tool and arguments, and nothing else is 1", () => {
    const grade = (tool: string, args: Record<string, unknown>) => gradedReward(toolCallText(tool, args), wanted)
    assert.strictEqual(grade("write", { path: "a.js", old: "1", new: "2" }), 0)
    assert.strictEqual(grade("edit", {}), 0.25)
    assert.closeTo(grade("edit", { path: "a.js", old: "1", new: "3" }), 0.25 + 1 / 3, 1e-12)
    assert.closeTo(grade("edit", { path: "a.js", old: "1", new: "2", all: true }), 0.25 + 0.375, 1e-12)
    assert.strictEqual(exactReward(toolCallText("edit", { path: "a.js" }), wanted), 0)
  })

  it("of words are 1 only for the same words", () => {
    assert.deepStrictEqual([
      gradedReward("Done.", "Done. "),
      gradedReward("Done.", "No."),
      gradedReward("Done.", wanted)
    ], [
      1,
      0,
      0
    ])
    assert.strictEqual(gradedReward("<tool_call>{\"name\": 1}</tool_call>", wanted), 0)
  })
})
