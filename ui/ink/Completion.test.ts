import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { complete, completionAt } from "./Completion.ts"
import { fieldOf } from "./TextField.ts"

const files = ["src/calc.js", "src/calculator/index.js", "test/calc.test.js", "README.md", "src/"]
const choices = (text: string, from: ReadonlyArray<string> = files) =>
  completionAt(fieldOf(text), from)?.choices.map((choice) => choice.text)
/** What Tab makes of a text. */
const tab = (text: string) => {
  const field = fieldOf(text)
  const found = completionAt(field, files)
  return found === undefined ? undefined : complete(field, found).value
}

describe("completion", () => {
  it("offers commands at the beginning of the prompt only", () => {
    assert.deepStrictEqual(choices("/le"), ["/lessons", "/learn"])
    assert.isUndefined(choices("/lessons undo"))
    assert.isUndefined(choices("why /le"))
    assert.isUndefined(choices("/help"), "it is whole")
  })

  it("offers files after an @, those whose name begins so first, the shortest first", () => {
    assert.deepStrictEqual(choices("fix @calc"), ["src/calc.js", "test/calc.test.js", "src/calculator/index.js"])
    assert.deepStrictEqual(choices("@READ"), ["README.md"])
    assert.deepStrictEqual(choices("fix @src/calcu"), ["src/calculator/index.js"])
    assert.isUndefined(choices("mail@calc"))
    const many = ["z/of/a/longer/path.ts", ...Array.from("gfedcbha", (name) => `${name}.ts`), "no.md", "ts/x"]
    assert.deepStrictEqual(choices("@ts", many), ["ts/x", "a.ts", "b.ts", "c.ts", "d.ts"])
    assert.isUndefined(choices("@nothing"))
  })

  it("Tab goes as far as commands agree, then takes the first; a file's path stands in place of the @", () => {
    assert.strictEqual(tab("/me"), "/metrics ")
    assert.strictEqual(tab("/le"), "/lessons ")
    assert.strictEqual(tab("look at @READ"), "look at README.md ")
    assert.strictEqual(tab("look at @calc"), "look at src/calc.js ")
  })

  it("leaves what stands behind the cursor alone", () => {
    const field = { value: "fix @READ and more", cursor: 9 }
    const found = completionAt(field, files)
    assert.isDefined(found)
    if (found !== undefined) {
      assert.deepStrictEqual(complete(field, found), { value: "fix README.md  and more", cursor: 14 })
    }
  })

  it.effect.prop(
    "never takes away what was typed before the word",
    [Schema.String, Schema.String],
    ([before, part]) =>
      Effect.sync(() => {
        const field = fieldOf(`${before} @${part.replace(/\s/g, "")}`)
        const found = completionAt(field, files)
        if (found !== undefined) assert.isTrue(complete(field, found).value.startsWith(`${before} `))
      })
  )
})
