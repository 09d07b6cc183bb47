import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { CappedOutput, plainOutput } from "./CappedOutput.ts"

const note = /\((\d+) bytes left out\)\n/

const capped = (bytes: number, lines: number, ...chunks: ReadonlyArray<string>): string => {
  const output = new CappedOutput(bytes, lines)
  for (const chunk of chunks) output.push(Buffer.from(chunk))
  return output.text()
}

describe("CappedOutput", () => {
  it("says how to see more", () => {
    const output = new CappedOutput(2, 2)
    output.push(Buffer.from("abcd"))
    assert.strictEqual(output.text("look elsewhere"), "a\n(2 bytes left out; look elsewhere)\nd")
  })

  it("gives back what fits", () => {
    assert.strictEqual(capped(10, 10, "one\n", "two"), "one\ntwo")
    assert.strictEqual(capped(10, 10), "")
    assert.strictEqual(capped(8, 10, "12345678"), "12345678")
  })

  it("cuts between lines", () => {
    assert.strictEqual(
      capped(20, 100, "first\nsecond\nthird\nfourth\nfifth\n"),
      "first\n(20 bytes left out)\nfifth\n"
    )
  })

  it("cuts by lines as well", () => {
    assert.strictEqual(
      capped(1000, 2, "1\n2\n3\n4\n5\n"),
      "1\n(6 bytes left out)\n5\n"
    )
  })

  it("cuts one giant line between characters", () => {
    const text = capped(10, 10, "ääääääääää")
    assert.strictEqual(text, "ää\n(12 bytes left out)\nää")
  })

  it.prop(
    "is a beginning and an end of the whole, within its limits, however the chunks fall",
    [Schema.Array(Schema.String), Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 40 }))],
    ([chunks, bytes]) => {
      // One space for each control code: only the capping is looked at.
      const clean = chunks.map((chunk) => chunk.replaceAll(/[\p{C}\u2028\u2029]/gu, " "))
      const whole = clean.join("")
      const text = capped(bytes, 1000, ...clean)
      if (Buffer.byteLength(whole) <= bytes) return assert.strictEqual(text, whole)
      const match = note.exec(text)
      if (match === null) return assert.strictEqual(text, whole)
      const before = text.slice(0, match.index).replace(/\n$/, "")
      const after = text.slice(match.index + match[0].length)
      assert.isTrue(whole.startsWith(before))
      assert.isTrue(whole.endsWith(after))
      assert.isAtMost(Buffer.byteLength(before) + Buffer.byteLength(after), bytes)
      assert.strictEqual(
        Buffer.byteLength(whole) - Buffer.byteLength(before) - Buffer.byteLength(after),
        Number(match[1])
      )
    }
  )

  it("plain output has no control codes", () => {
    assert.strictEqual(plainOutput("\u001b[1mbold\u001b[0m\ta\r\nb\u0007\n1\r2\r3"), "bold\ta\nb\n3")
  })
})
