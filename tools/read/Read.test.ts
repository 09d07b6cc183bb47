import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { MAX_LINE_LENGTH, MAX_LINES, MAX_OUTPUT_BYTES } from "../common/Limits.ts"
import { callTool, inProject } from "../testing/TempProject.ts"
import { LineWindow } from "./LineWindow.ts"

const reading = (content: string | Uint8Array, parameters: Readonly<Record<string, unknown>> = {}) =>
  inProject({ "a.txt": content }, callTool("read", { path: "a.txt", ...parameters }))

const output = (content: string | Uint8Array, parameters?: Readonly<Record<string, unknown>>) =>
  Effect.map(reading(content, parameters), (result) => result.output)

describe("read", () => {
  it.live("numbers the lines and says where the file ends", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* reading("one\n\ttwo\n\nfour\n"), {
        output: "1\tone\n2\t\ttwo\n3\t\n4\tfour\n(end of file, 4 lines)",
        success: true
      })
      assert.strictEqual(yield* output("one"), "1\tone\n(end of file, 1 line)")
      assert.strictEqual(yield* output("one\n\n"), "1\tone\n2\t\n(end of file, 2 lines)")
      assert.strictEqual(yield* output("a\r\nb\r\n"), "1\ta\n2\tb\n(end of file, 2 lines)")
      assert.strictEqual(yield* output(""), "(empty file)")
    }))

  it.live("shows a part and says how to go on", () =>
    Effect.gen(function*() {
      const text = "1\n2\n3\n4\n5\n"
      assert.strictEqual(
        yield* output(text, { offset: 2, limit: 2 }),
        "2\t2\n3\t3\n(lines 2 to 3 of 5; continue with offset 4)"
      )
      assert.strictEqual(yield* output(text, { offset: 4 }), "4\t4\n5\t5\n(end of file, 5 lines)")
      assert.strictEqual(yield* output(text, { offset: 5, limit: 1 }), "5\t5\n(end of file, 5 lines)")
      assert.strictEqual(
        yield* output(text, { offset: 0, limit: 1 }),
        "1\t1\n(lines 1 to 1 of 5; continue with offset 2)"
      )
      const reason = "offset 6 is past the end: a.txt has 5 lines"
      assert.deepStrictEqual(yield* reading(text, { offset: 6 }), { output: reason, success: false, feedback: reason })
    }))

  it.live("is cut by lines, by bytes and within lines, and says so", () =>
    Effect.gen(function*() {
      const many = yield* output("x\n".repeat(MAX_LINES + 5))
      const next = `(lines 1 to ${MAX_LINES} of ${MAX_LINES + 5}; continue with offset ${MAX_LINES + 1})`
      assert.isTrue(many.endsWith(`${MAX_LINES}\tx\n${next}`))

      const wide = yield* output(`${"y".repeat(1500)}\n`.repeat(100))
      assert.isBelow(Buffer.byteLength(wide), MAX_OUTPUT_BYTES + 100)
      const shown = Number(/\(lines 1 to (\d+) of 100; continue with offset \d+\)$/.exec(wide)?.[1])
      assert.strictEqual(shown, Math.floor(MAX_OUTPUT_BYTES / 1503.9))

      const long = yield* output(`${"😀".repeat(3000)}\nshort\n`)
      const half = "😀".repeat(MAX_LINE_LENGTH / 2)
      assert.strictEqual(long, `1\t${half} … (cut; the line has 12000 bytes)\n2\tshort\n(end of file, 2 lines)`)
    }))

  it.live("decodes what has a byte order mark", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* output("\ufeffone\n"), "1\tone\n(end of file, 1 line)")
      const utf16 = Buffer.from("\ufeffäb\n", "utf16le")
      assert.strictEqual(yield* output(utf16), "1\täb\n(end of file, 1 line)")
      assert.strictEqual(yield* output(Buffer.from(utf16).swap16()), "1\täb\n(end of file, 1 line)")
    }))

  it.live("shows bytes that are no text, and says so; of binary files only the kind", () =>
    Effect.gen(function*() {
      const note = "(some bytes are not UTF-8 and are shown as \ufffd; this file cannot be edited as text)"
      assert.strictEqual(
        yield* output(Buffer.from("caf\u00e9\n", "latin1")),
        `1\tcaf\ufffd\n${note}\n(end of file, 1 line)`
      )
      assert.strictEqual(
        yield* output(Buffer.from("89504e470d0a1a0a00", "hex")),
        "(binary file: PNG image, 9 bytes)"
      )
      assert.strictEqual(yield* output("a\0b"), "(binary file: binary data, 3 bytes)")
    }))

  it.live("lists a folder", () =>
    inProject(
      { "b.txt": "", "a/c.txt": "", "a/d/e.txt": "" },
      Effect.gen(function*() {
        assert.strictEqual((yield* callTool("read", { path: "." })).output, "a/\nb.txt\n(folder, 2 entries)")
        assert.strictEqual((yield* callTool("read", { path: "a" })).output, "c.txt\nd/\n(folder, 2 entries)")
        assert.strictEqual((yield* callTool("read", { path: "a/d/" })).output, "e.txt\n(folder, 1 entry)")
      })
    ))

  it.live("names near files when there is none", () =>
    inProject(
      { "src/calc.js": "", "src/other.js": "" },
      Effect.gen(function*() {
        const reason = "src/cacl.js does not exist; did you mean src/calc.js?"
        assert.deepStrictEqual(yield* callTool("read", { path: "src/cacl.js" }), {
          output: reason,
          success: false,
          feedback: reason
        })
        assert.strictEqual(
          (yield* callTool("read", { path: "zzzzzzzz" })).output,
          "zzzzzzzz does not exist; find the right path with glob"
        )
      })
    ))
})

describe("LineWindow", () => {
  const limits = { offset: 1, lines: 1000, lineLength: 1000, bytes: 1_000_000, tagged: false }

  it.prop(
    "numbers every line of any text, however its bytes are split",
    [
      Schema.String,
      Schema.Array(Schema.Literals(["\n", "a", "é", "😀", "\t"])),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 }))
    ],
    ([free, parts, size]) => {
      const text = (free + parts.join("")).replaceAll("\r", "")
      const bytes = new TextEncoder().encode(text)
      const window = new LineWindow(limits)
      for (let at = 0; at < bytes.length; at += size) window.push(bytes.subarray(at, at + size))
      const { shown, total } = window.finish()
      const lines = text === "" ? [] : (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n")
      // An unpaired surrogate has no UTF-8 form.
      const stored = lines.map((line, index) => `${index + 1}\t${line.toWellFormed()}`)
      assert.deepStrictEqual(shown, stored)
      assert.strictEqual(total, lines.length)
    }
  )
})
