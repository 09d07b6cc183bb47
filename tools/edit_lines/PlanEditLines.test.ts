import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { withoutLineNumbers } from "../common/LineNumbers.ts"
import { joinLines, numbered, splitLines } from "../common/Lines.ts"
import { planEditLines } from "./PlanEditLines.ts"

const word = Schema.Literals(["", "a", "b  ", "\tc", "$1", "é"])
const lines = Schema.Array(word)
const number = Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 12 }))

const closed = (texts: ReadonlyArray<string>, ending = "\n"): string => texts.map((text) => text + ending).join("")

describe("planEditLines", () => {
  it.prop(
    "does what cutting and inserting in a list of lines does",
    [lines, number, number, lines],
    ([old, start, end, fresh]) => {
      const planned = planEditLines({ shown: "a.txt", text: closed(old) }, {
        start_line: start,
        end_line: end,
        content: closed(fresh)
      })
      const last = start === old.length + 1 && end === start ? old.length : end
      const allowed = start >= 1 && start <= old.length + 1 && last >= start - 1 && last <= old.length
      const wanted = closed(old.toSpliced(start - 1, last - start + 1, ...fresh))
      if (!allowed || wanted === closed(old)) return assert.isTrue(Result.isFailure(planned))
      assert.isTrue(Result.isSuccess(planned))
      if (Result.isSuccess(planned)) assert.strictEqual(planned.success.text, wanted)
    }
  )

  it.prop(
    "leaves every byte outside the range as it is, whatever the line endings",
    [
      Schema.Array(Schema.Struct({ text: word, ending: Schema.Literals(["\n", "\r\n"]) })),
      Schema.Boolean,
      number,
      number,
      lines
    ],
    ([old, open, start, end, fresh]) => {
      const cut = joinLines(old).replace(open ? /\r?\n$/ : /$^/, "")
      const all = splitLines(cut)
      const planned = planEditLines({ shown: "a.txt", text: cut }, {
        start_line: start,
        end_line: end,
        content: fresh.join("\n")
      })
      if (Result.isFailure(planned)) return
      const { text } = planned.success
      const before = joinLines(all.slice(0, start - 1))
      const after = joinLines(all.slice(Math.min(end, all.length)))
      assert.isTrue(text.startsWith(before) && text.endsWith(after))
      assert.isAtLeast(text.length, before.length + after.length)
    }
  )

  it("keeps a last line open, or closes it when lines come after it", () => {
    const after = (
      text: string,
      range: { readonly start_line: number; readonly end_line: number; readonly content: string }
    ) => {
      const planned = planEditLines({ shown: "a.txt", text }, range)
      return Result.isSuccess(planned) ? planned.success.text : undefined
    }
    assert.strictEqual(after("a\nb", { start_line: 2, end_line: 2, content: "c" }), "a\nc")
    assert.strictEqual(after("a\nb", { start_line: 2, end_line: 2, content: "c\n" }), "a\nc\n")
    assert.strictEqual(after("a\nb", { start_line: 3, end_line: 3, content: "c" }), "a\nb\nc\n")
    assert.strictEqual(after("a\nb", { start_line: 2, end_line: 2, content: "" }), "a\n")
  })
})

describe("line numbers pasted along", () => {
  it.prop(
    "come off again",
    [lines, Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2000 }))],
    ([texts, first]) => {
      if (texts.length === 0) return
      const pasted = texts.map((text, index) => numbered(first + index, text)).join("\n")
      assert.deepStrictEqual(withoutLineNumbers(pasted), { text: texts.join("\n"), first, count: texts.length })
      assert.deepStrictEqual(withoutLineNumbers(`${pasted}\n`)?.text, closed(texts))
    }
  )

  it("stay when they do not count up or are not everywhere", () => {
    assert.isUndefined(withoutLineNumbers("1\ta\n3\tb"))
    assert.isUndefined(withoutLineNumbers("1\ta\nb"))
    assert.isUndefined(withoutLineNumbers(""))
  })
})
