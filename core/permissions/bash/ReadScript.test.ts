import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readScript } from "./ReadScript.ts"

const words = (script: string) =>
  Effect.map(
    readScript(script),
    ({ commands, opaque }) => opaque.length > 0 ? opaque : commands.map((one) => one.words)
  )

describe("a shell script taken apart", () => {
  it.effect("gives every command, wherever it stands", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
        ["git status", ["git status"]],
        ["a && b || c; d | e & f", ["a", "b", "c", "d", "e", "f"]],
        ["a\nb # c\n", ["a", "b"]],
        ["(cd x; ls) && { echo a; }", ["cd x", "ls", "echo a"]],
        ["if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]],
        ["while a; do b; done", ["a", "b"]],
        ["for f in x y; do b; done", ["b"]],
        ["case x in y) b;; esac", ["b"]],
        ["! a", ["a"]],
        ["[[ -f x ]] && test -f y", ["test -f y"]],
        ["NODE_ENV=test npm test", ["npm test"]]
      ]
      for (const [script, expected] of cases) {
        const found = yield* readScript(script)
        assert.deepStrictEqual(found.opaque, [], script)
        assert.deepStrictEqual(found.commands.map((one) => one.words.join(" ")), expected, script)
      }
    }))

  it.effect("takes quotes away as the shell does", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* words("r'm' \"-r\"f a\\ b 'c d' \"e \\\" f\" *.js"), [[
        "rm",
        "-rf",
        "a b",
        "c d",
        "e \" f",
        "*.js"
      ]])
    }))

  it.effect("is opaque where only the shell knows", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [string, string]> = [
        ["echo $(date)", "a command substitution"],
        ["echo `date`", "a command substitution"],
        ["echo \"a $(date)\"", "a command substitution"],
        ["cat <(ls)", "a process substitution"],
        ["rm $X", "a variable"],
        ["rm \"${X}\"", "a variable"],
        ["echo $((1 + 2))", "arithmetic"],
        ["echo $'a\\nb'", "an escaped string"],
        ["echo {a,b}", "braces"],
        ["PATH=/x ls", "a variable that is set"],
        ["X=1", "a variable that is set"],
        ["export A=1", "declaration command"],
        ["f() { ls; }; f", "function definition"],
        ["/bin/r? x", "a pattern as the name of a command"],
        ["echo \"abc", "shell syntax that cannot be read"],
        ["if true", "shell syntax that cannot be read"],
        ["echo a\u200bb", "characters that cannot be seen"],
        ["cat <<E\n$(ls)\nE", "a command substitution"]
      ]
      for (const [script, why] of cases) {
        assert.include((yield* readScript(script)).opaque, why, script)
      }
    }))

  it.effect("finds commands inside substitutions and in what it cannot read, so that rules against them count", () =>
    Effect.gen(function*() {
      for (
        const script of [
          "echo $(rm x)",
          "echo \"`rm x`\"",
          "cat <(rm x)",
          "X=$(rm x)",
          "rm x; if true",
          "cat <<E\n$(rm x)\nE",
          "[[ -n $(rm x) ]]"
        ]
      ) {
        const { commands } = yield* readScript(script)
        assert.include(commands.map((one) => one.words.join(" ")), "rm x", script)
      }
    }))

  it.effect("gives the files that redirects open", () =>
    Effect.gen(function*() {
      const { opaque, redirects } = yield* readScript(
        "a > out.txt 2>&1 >> 'b c' < in &> d; e <<< word; e 2>/dev/null >&2; > f"
      )
      assert.deepStrictEqual(opaque, [])
      assert.deepStrictEqual(redirects.map(({ access, path }) => `${access} ${path}`), [
        "write out.txt",
        "write b c",
        "read in",
        "write d",
        "write /dev/null",
        "write f"
      ])
      assert.deepStrictEqual((yield* readScript("a > $X")).redirects, [{ access: "write", path: undefined }])
    }))

  it.effect.prop("never fails, whatever the text", [Schema.String], ([text]) =>
    Effect.gen(function*() {
      const script = yield* readScript(text)
      assert.isTrue(Array.isArray(script.commands))
    }))
})
