import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MAX_MATCH_LENGTH, MAX_MATCHES, MAX_SEARCH_BYTES } from "../common/Limits.ts"
import { callTool, inProject } from "../testing/TempProject.ts"
import { aroundMatch } from "./SearchPattern.ts"

const files = {
  "a.js": "const one = 1\nconst two = one + one\n",
  "src/b.js": "// One\r\nexport { one }\r\n",
  "src/c.bin": Buffer.from([0, 1, 2, 0x6f, 0x6e, 0x65]),
  "ignored.js": "one\n",
  ".gitignore": "ignored.js\n"
}

const grep = (parameters: Readonly<Record<string, unknown>>) => inProject(files, callTool("grep", parameters))

describe("grep", () => {
  it.live("gives each line that matches, once, with path and number", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* grep({ pattern: "one" }), {
        output: "a.js:1: const one = 1\na.js:2: const two = one + one\nsrc/b.js:2: export { one }",
        success: true
      })
      assert.strictEqual((yield* grep({ pattern: "^\\w+ two" })).output, "a.js:2: const two = one + one")
      assert.strictEqual((yield* grep({ pattern: "}$" })).output, "src/b.js:2: export { one }")
      assert.strictEqual((yield* grep({ pattern: "(?i)// one" })).output, "src/b.js:1: // One")
    }))

  it.live("searches one folder or one file, also an ignored one when it is named", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* grep({ pattern: "one", path: "src" })).output, "src/b.js:2: export { one }")
      assert.strictEqual((yield* grep({ pattern: "1", path: "a.js" })).output, "a.js:1: const one = 1")
      assert.strictEqual((yield* grep({ pattern: "one", path: "ignored.js" })).output, "ignored.js:1: one")
    }))

  it.live("shows a secret only to who names it", () =>
    Effect.gen(function*() {
      const project = { "a.js": "KEY\n", ".env": "KEY=1\n", "keys/server.pem": "KEY\n" }
      const found = (path?: string) =>
        inProject(project, callTool("grep", path === undefined ? { pattern: "KEY" } : { pattern: "KEY", path })).pipe(
          Effect.map(({ output }) => output)
        )
      assert.strictEqual(yield* found(), "a.js:1: KEY\n(2 files with secrets not searched; name one to search it)")
      assert.strictEqual(yield* found(".env"), ".env:1: KEY=1")
    }))

  it.live("says when nothing matches", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* grep({ pattern: "three" }), { output: "No matches.", success: true })
    }))

  it.live("a bad expression is an error with its message, never no match", () =>
    Effect.gen(function*() {
      const { feedback, output, success } = yield* grep({ pattern: "add(" })
      assert.isFalse(success)
      assert.strictEqual(output, feedback)
      assert.match(
        output,
        /^the pattern is not a regular expression \(.*Unterminated group.*\); escape special characters$/
      )
      assert.isFalse((yield* grep({ pattern: "" })).success)
      assert.isFalse((yield* grep({ pattern: "x", path: "/etc" })).success)
    }))

  it.live("stops at the limit and says so", () =>
    inProject(
      { "many.txt": "hit\n".repeat(MAX_MATCHES + 1), "some.txt": "hit\n" },
      Effect.gen(function*() {
        const lines = (yield* callTool("grep", { pattern: "hit" })).output.split("\n")
        assert.strictEqual(lines.length, MAX_MATCHES + 1)
        assert.strictEqual(lines[MAX_MATCHES - 1], `many.txt:${MAX_MATCHES}: hit`)
        assert.strictEqual(
          lines.at(-1),
          `(first ${MAX_MATCHES} matches; there are more: narrow the pattern or the path)`
        )
      })
    ))

  it.live("says when a file was too large to search", () =>
    inProject(
      { "large.txt": "hit\n".padEnd(MAX_SEARCH_BYTES + 1, "x"), "small.txt": "hit\n" },
      Effect.gen(function*() {
        const { output } = yield* callTool("grep", { pattern: "hit" })
        assert.strictEqual(output, "small.txt:1: hit\n(1 file too large or unreadable, not searched)")
      })
    ))

  it.live("gives up on a pattern that would never end", () =>
    inProject(
      { "a.txt": `${"a".repeat(60)}b\n` },
      Effect.gen(function*() {
        const { output, success } = yield* callTool("grep", { pattern: "^(a+)+$" })
        assert.isFalse(success)
        assert.match(output, /^the pattern takes longer than 2 s on a.txt; avoid repeats inside repeats/)
      })
    ))

  it("cuts a long line around its match", () => {
    const line = `${"a".repeat(2000)}HIT${"b".repeat(2000)}`
    const shown = aroundMatch(line, 2000)
    assert.strictEqual(shown.length, MAX_MATCH_LENGTH + 2)
    assert.match(shown, /^…a+HITb+…$/)
    assert.strictEqual(aroundMatch("short", 2), "short")
    assert.match(aroundMatch(`HIT${"😀".repeat(1000)}`, 0), /^HIT(😀)+…$/u)
  })
})
