import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { CallArguments } from "../../core/domain/Call.ts"
import { Workspace } from "../../core/Workspace.ts"
import { MAX_MATCH_LENGTH, MAX_MATCHES, MAX_SEARCH_BYTES } from "../common/Limits.ts"
import { aroundMatch } from "../grep/AroundMatch.ts"
import { searches } from "../testing/Searches.ts"
import { callTool, inProject } from "../testing/TempProject.ts"

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le")

const files = {
  "a.js": "const one = 1\nconst two = one + one\n",
  "src/b.js": "// One\r\nexport { one }\r\n",
  "src/c.bin": Buffer.from([0, 1, 2, 0x6f, 0x6e, 0x65]),
  "src/-dash.txt": "x-y\n",
  "src-too.js": "none\n",
  "w.txt": utf16("first\r\nœuvre one\r\n"),
  "bom.txt": "\ufeffbegin\nbom one\n",
  "latin.txt": Buffer.from("caf\xe9 one\nsecond\n", "latin1"),
  "ignored.js": "one\nhidden\n",
  ".gitignore": "ignored.js\n"
}

for (const [name, search] of Object.entries(searches)) {
  const grepIn = (project: Readonly<Record<string, string | Uint8Array>>, parameters: CallArguments) =>
    inProject(project, callTool("grep", parameters), search)
  const grep = (parameters: CallArguments) => grepIn(files, parameters)
  const lines = (parameters: CallArguments) => Effect.map(grep(parameters), ({ output }) => output.split("\n"))

  describe(`grep with ${name}`, () => {
    it.live("gives each line that matches, once, with path and number, in the order of the tree", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* lines({ pattern: "one" }), [
          "a.js:1: const one = 1",
          "a.js:2: const two = one + one",
          "bom.txt:2: bom one",
          "latin.txt:1: caf\ufffd one",
          "src/b.js:2: export { one }",
          "src-too.js:1: none",
          "w.txt:2: œuvre one"
        ])
        const cases: ReadonlyArray<readonly [string, string]> = [
          ["^const \\w+ = 1", "a.js:1: const one = 1"],
          ["^begin", "bom.txt:1: begin"],
          ["}$", "src/b.js:2: export { one }"],
          ["(?i)// one", "src/b.js:1: // One"],
          ["(?<=two = )one", "a.js:2: const two = one + one"],
          ["(o)ne \\+ \\1ne", "a.js:2: const two = one + one"],
          ["-y", "src/-dash.txt:1: x-y"],
          ["--x|x-", "src/-dash.txt:1: x-y"]
        ]
        for (const [pattern, wanted] of cases) {
          assert.deepStrictEqual(yield* grep({ pattern }), { output: wanted, success: true }, pattern)
        }
      }))

    it.live("finds empty lines, and takes a pattern as plain text where it is told to", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* grepIn({ "a.txt": "a\n\nb\n" }, { pattern: "^$" })).output, "a.txt:2: ")
        assert.strictEqual(
          (yield* grepIn({ "a.txt": "a.b\naxb\nadd(\n" }, { pattern: "add(", literal: true })).output,
          "a.txt:3: add("
        )
        assert.strictEqual(
          (yield* grepIn({ "a.txt": "a.b\naxb\n" }, { pattern: "a.b", literal: true })).output,
          "a.txt:1: a.b"
        )
      }))

    it.live("searches one folder or one file, also an ignored one when it is named", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* grep({ pattern: "one", path: "src" })).output, "src/b.js:2: export { one }")
        assert.strictEqual((yield* grep({ pattern: "1", path: "a.js" })).output, "a.js:1: const one = 1")
        assert.strictEqual((yield* grep({ pattern: "one", path: "ignored.js" })).output, "ignored.js:1: one")
      }))

    it.live("narrows by the names of files", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* lines({ pattern: "one", include: "*.{js,ts}" }), [
          "a.js:1: const one = 1",
          "a.js:2: const two = one + one",
          "src/b.js:2: export { one }",
          "src-too.js:1: none"
        ])
        assert.deepStrictEqual(yield* lines({ pattern: "one", include: "src/**" }), ["src/b.js:2: export { one }"])
        assert.deepStrictEqual(yield* lines({ pattern: "one", include: "b.*", path: "src" }), [
          "src/b.js:2: export { one }"
        ])
      }))

    it.live("shows lines around a match", () =>
      Effect.gen(function*() {
        const text = "1\n2\nhit 3\n4\nhit 5\n6\n7\n8\nhit 9"
        const shown = yield* grepIn({ "a.txt": text, "b.txt": "hit" }, { pattern: "hit", context: 1 })
        assert.deepStrictEqual(shown.output.split("\n"), [
          "a.txt-2- 2",
          "a.txt:3: hit 3",
          "a.txt-4- 4",
          "a.txt:5: hit 5",
          "a.txt-6- 6",
          "--",
          "a.txt-8- 8",
          "a.txt:9: hit 9",
          "--",
          "b.txt:1: hit"
        ])
      }))

    it.live("shows a secret only to who names it, and does not let on whether it would match", () =>
      Effect.gen(function*() {
        const project = { "a.js": "KEY\n", ".env": "KEY=1\n", "keys/server.pem": "KEY\n" }
        const found = (parameters: CallArguments) => Effect.map(grepIn(project, parameters), ({ output }) => output)
        const note = "(2 files with secrets not searched; name one to search it)"
        assert.strictEqual(yield* found({ pattern: "KEY" }), `a.js:1: KEY\n${note}`)
        assert.strictEqual(yield* found({ pattern: "KEY=1" }), `No matches.\n${note}`)
        assert.strictEqual(yield* found({ pattern: "KEY=2" }), `No matches.\n${note}`)
        assert.strictEqual(yield* found({ pattern: "KEY", path: ".env" }), ".env:1: KEY=1")
      }))

    it.live("says when nothing matches, and when what git ignores does", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* grep({ pattern: "three" }), { output: "No matches.", success: true })
        assert.strictEqual(
          (yield* grep({ pattern: "hidden" })).output,
          "No matches. (Some are in files that git ignores, such as ignored.js; give one as path to search it)"
        )
        const secret = { ".gitignore": ".env\n", ".env": "KEY=1\n" }
        assert.strictEqual((yield* grepIn(secret, { pattern: "KEY" })).output, "No matches.")
      }))

    it.live("a bad expression is an error with its message, never no match", () =>
      Effect.gen(function*() {
        const { feedback, output, success } = yield* grep({ pattern: "add(" })
        assert.isFalse(success)
        assert.strictEqual(output, feedback)
        assert.match(
          output,
          /^the pattern is not a regular expression \(.*(?:Unterminated group|unclosed group).*\); escape special characters$/
        )
        for (const pattern of ["", "(?<=x", "[b-a]", "a\nb"]) {
          const result = yield* grep({ pattern })
          assert.isFalse(result.success, pattern)
          assert.match(result.output, /^the pattern /, pattern)
        }
        assert.isFalse((yield* grep({ pattern: "x", path: "/etc" })).success)
      }))

    it.live("stops at the limit of the whole search and says so", () =>
      inProject(
        { "many.txt": "hit\n".repeat(MAX_MATCHES - 1), "some.txt": "hit\nhit\n" },
        Effect.gen(function*() {
          const { output } = yield* callTool("grep", { pattern: "hit" })
          const all = output.split("\n")
          assert.strictEqual(all.length, MAX_MATCHES + 1)
          assert.strictEqual(all[MAX_MATCHES - 1], "some.txt:1: hit")
          assert.strictEqual(
            all.at(-1),
            `(first ${MAX_MATCHES} matches; there are more: narrow the pattern or the path)`
          )
        }),
        search
      ))

    it.live("shows of a long line what is around its match, and of a large file the right line", () =>
      inProject(
        {
          "long.js": `${"a".repeat(3000)}HIT${"b".repeat(9000)}\n`,
          "wide.txt": `${"é".repeat(3000)}HIT${"😀".repeat(900)}\nnext\n`,
          "tall.txt": `${"line\n".repeat(400_000)}HIT\nafter\n`
        },
        Effect.gen(function*() {
          const { output } = yield* callTool("grep", { pattern: "HIT", context: 1 })
          const [long = "", , tall = "", hit = "", after = "", , wide = "", next = ""] = output.split("\n")
          assert.match(long, /^long\.js:1: …a+HITb+…$/)
          assert.strictEqual(long.length, "long.js:1: ".length + MAX_MATCH_LENGTH + 2)
          assert.deepStrictEqual([tall, hit, after], [
            "tall.txt-400000- line",
            "tall.txt:400001: HIT",
            "tall.txt-400002- after"
          ])
          assert.match(wide, /^wide\.txt:1: …é+HIT(😀)+…$/u)
          assert.strictEqual(next, "wide.txt-2- next")
        }),
        search
      ))

    it.live("refuses what is no file, which would never end", () =>
      inProject(
        {},
        Effect.gen(function*() {
          yield* callTool("bash", { command: "mkfifo pipe" })
          const { output, success } = yield* callTool("grep", { pattern: "x", path: "pipe" })
          assert.deepStrictEqual([success, output], [false, "pipe is no regular file or folder; take another one"])
          assert.strictEqual((yield* callTool("grep", { pattern: "x" })).output, "No matches.")
        }),
        search
      ))

    it.live("searches no links and no binary files", () =>
      inProject(
        { "a.txt": "hit\n", "b.bin": Buffer.from("hit\n\0\0\nhit\n") },
        Effect.gen(function*() {
          const { root } = yield* Workspace
          writeFileSync(join(root, "../beside.txt"), "hit\n")
          symlinkSync("a.txt", join(root, "link.txt"))
          symlinkSync("..", join(root, "up"))
          symlinkSync("../beside.txt", join(root, "out.txt"))
          assert.strictEqual((yield* callTool("grep", { pattern: "hit" })).output, "a.txt:1: hit")
        }),
        search
      ))
  })
}

describe("grep", () => {
  it.live("without ripgrep, says when a file was too large to search", () =>
    inProject(
      { "large.txt": "hit\n".padEnd(MAX_SEARCH_BYTES + 1, "x"), "small.txt": "hit\n" },
      Effect.gen(function*() {
        const { output } = yield* callTool("grep", { pattern: "hit" })
        assert.strictEqual(output, "small.txt:1: hit\n(1 file too large or unreadable, not searched)")
      }),
      searches["the built-in search"]
    ))

  it.live("gives up on a pattern that would never end", () =>
    Effect.gen(function*() {
      const grep = (pattern: string, search: typeof searches.ripgrep) =>
        inProject({ "a.txt": `${"a".repeat(60)}b\n` }, callTool("grep", { pattern }), search)
      // Ripgrep's own engine takes such patterns in its stride; the other one, for what needs it, has a limit.
      for (
        const result of [
          yield* grep("^(a+)+$", searches["the built-in search"]),
          yield* grep("(?=a)^(a+)+$", searches.ripgrep)
        ]
      ) {
        assert.isFalse(result.success)
        assert.match(result.output, /^the pattern takes .* on a.txt; avoid repeats inside repeats/)
      }
    }))

  it("cuts a long line around its match", () => {
    const line = `${"a".repeat(2000)}HIT${"b".repeat(2000)}`
    const shown = aroundMatch(line, 2000)
    assert.strictEqual(shown.length, MAX_MATCH_LENGTH + 2)
    assert.match(shown, /^…a+HITb+…$/)
    assert.strictEqual(aroundMatch("short", 2), "short")
    assert.match(aroundMatch(`HIT${"😀".repeat(1000)}`, 0), /^HIT(😀)+…$/u)
  })
})
