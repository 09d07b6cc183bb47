import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { lfView } from "./LfView.ts"
import { planEdit, type Replacement } from "./PlanEdit.ts"

const edited = (text: string, replacement: Replacement): string | undefined => {
  const planned = planEdit({ shown: "a.txt", text }, replacement)
  return Result.isSuccess(planned) ? planned.success.text : undefined
}

/** Few letters, so that texts are found several times; `$` because it is special in replacements. */
const piece = Schema.Array(Schema.Literals(["a", "b", "$&", "\n", " ", "\t", "“"]))
const text = (parts: ReadonlyArray<string>): string => parts.join("")
const crlf = (lf: string): string => lf.replaceAll("\n", "\r\n")

describe("planEdit", () => {
  it.prop("replaces an exact match that is there once, and nothing else", [piece, piece, piece, piece], (parts) => {
    const [before, old, after, fresh] = [text(parts[0]), text(parts[1]), text(parts[2]), text(parts[3])]
    const whole = before + old + after
    if (old === "" || old === fresh) return
    const places = whole.split(old).length - 1
    const result = edited(whole, { old, new: fresh })
    if (places > 1) assert.isUndefined(result)
    else assert.strictEqual(
        result,
        whole.slice(0, whole.indexOf(old)) + fresh + whole.slice(whole.indexOf(old) + old.length)
      )
  })

  it.prop("all replaces every occurrence, left to right", [piece, piece, piece], (parts) => {
    const [whole, old, fresh] = [text(parts[0]), text(parts[1]), text(parts[2])]
    if (old === "" || old === fresh || !whole.includes(old)) return
    assert.strictEqual(edited(whole, { old, new: fresh, all: true }), whole.split(old).join(fresh))
  })

  it.prop("does to a file with CRLF what it does to one with LF", [piece, piece, piece, piece], (parts) => {
    const [before, old, after, fresh] = [text(parts[0]), text(parts[1]), text(parts[2]), text(parts[3])]
    const lf = before + old + after
    // Without a line break in it, a file does not say which kind it has.
    if (!lf.includes("\n")) return
    const once = edited(lf, { old, new: fresh })
    assert.strictEqual(edited(crlf(lf), { old, new: fresh }), once === undefined ? undefined : crlf(once))
    assert.strictEqual(
      edited(crlf(lf), { old: crlf(old), new: crlf(fresh) }),
      once === undefined ? undefined : crlf(once)
    )
  })

  it.prop("a looser match changes only lines that equal it but for blanks", [piece, piece], (parts) => {
    const [whole, old] = [text(parts[0]), text(parts[1])]
    const planned = planEdit({ shown: "a.txt", text: whole }, { old, new: "NEW" })
    if (Result.isFailure(planned) || whole.includes(old)) return
    const plain = (line: string) => line.trim().replaceAll("“", "\"")
    const [before = "", after = ""] = planned.success.text.split("NEW")
    assert.isTrue(whole.startsWith(before.replace(/[ \t]*$/, "")))
    assert.isTrue(whole.endsWith(after))
    const gone = whole.slice(before.replace(/[ \t]*$/, "").length, whole.length - after.length)
    assert.deepStrictEqual(
      gone.replace(/\n$/, "").split("\n").map(plain),
      old.replace(/\n$/, "").split("\n").map(plain)
    )
  })

  it("the answer has the numbers of the changed lines", () => {
    const planned = planEdit({ shown: "a.txt", text: "1\n2\n3\n4\n5\n6\n7\n" }, { old: "4\n", new: "four\nand more\n" })
    assert.isTrue(Result.isSuccess(planned))
    if (Result.isSuccess(planned)) {
      assert.strictEqual(
        planned.success.output,
        "Edited a.txt, lines 4 to 5:\n2\t2\n3\t3\n4\tfour\n5\tand more\n6\t5\n7\t6"
      )
    }
  })
})

describe("lfView", () => {
  it.prop(
    "offsets lead back to the same character",
    [Schema.Array(Schema.Literals(["a", "\n", "\r\n", "\r"]))],
    ([parts]) => {
      const raw = text(parts)
      const view = lfView(raw)
      assert.strictEqual(view.text, raw.replaceAll("\r\n", "\n"))
      for (let at = 0; at < view.text.length; at += 1) {
        const there = raw.slice(view.offset(at), view.offset(at) + 2)
        assert.isTrue(there.startsWith(view.text[at] ?? "") || (view.text[at] === "\n" && there === "\r\n"))
      }
      assert.strictEqual(view.offset(view.text.length), raw.length)
    }
  )
})
