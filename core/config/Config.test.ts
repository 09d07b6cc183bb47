import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { decodeKeys, decodeSettings } from "./Decode.ts"
import { closest } from "./DidYouMean.ts"
import { settingsHelp, settingsHelpText } from "./Help.ts"
import { defaultSettings, settingKeys, Settings } from "./Settings.ts"

describe("key=value arguments", () => {
  it.effect("become typed settings", () =>
    Effect.gen(function*() {
      const decoded = yield* decodeKeys([
        "lora_rank=8",
        "learning_rate=1e-3",
        "enable_training=false",
        "model_name=/m=1"
      ])
      assert.deepStrictEqual({ ...decoded }, {
        lora_rank: 8,
        learning_rate: 1e-3,
        enable_training: false,
        model_name: "/m=1"
      })
    }))

  const problemsOf = (...args: ReadonlyArray<string>) =>
    Effect.map(Effect.flip(decodeKeys(args)), (error) => error.problems)

  it.effect("unknown ones are named, with the likely one and where all that are known stand", () =>
    Effect.gen(function*() {
      const [problem] = yield* problemsOf("lora-rnk=8")
      assert.strictEqual(
        problem,
        "unknown setting lora-rnk. Did you mean lora_rank? continualcode --help lists all."
      )
      assert.notInclude((yield* problemsOf("zzzzzz=1"))[0], "Did you mean")
      assert.match((yield* problemsOf("__proto__=1"))[0], /^unknown setting __proto__\./)
    }))

  it.effect("bad values are named with the key and what is allowed, all at once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([
        ...(yield* problemsOf("lora_rank=0", "temperature=hot", "teacher=boss", "enable_training=yes", "model_name="))
      ], [
        "model_name= is not allowed: expected some text.",
        "enable_training=yes is not allowed: expected true or false.",
        "lora_rank=0 is not allowed: expected a value between 1 and 256.",
        "teacher=boss is not allowed: expected base or current or ema.",
        "temperature=hot is not allowed: expected a finite number."
      ])
    }))

  it.effect("without an equals sign are refused with how to write them", () =>
    Effect.gen(function*() {
      assert.match((yield* problemsOf("fix"))[0], /"fix" is not an argument.*key=value/)
    }))

  it.effect.prop("never crash", [Schema.Array(Schema.String)], ([args]) => Effect.ignore(decodeKeys(args)))
})

describe("settings of agent.ts", () => {
  it.effect("are checked as values", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual({ ...(yield* decodeSettings({ lora_rank: 8 })) }, { lora_rank: 8 })
      const error = yield* Effect.flip(decodeSettings({ lora_rank: "8", learnin_rate: 1 }))
      assert.strictEqual(error.problems.length, 2)
      assert.match(error.message, /agent\.ts: lora_rank=8 is not allowed/)
      assert.match(error.message, /Did you mean learning_rate/)
    }))
})

describe("help", () => {
  it("has a line with meaning and default for every key, and defaults are valid", () => {
    assert.deepStrictEqual(Schema.decodeUnknownSync(Settings)(defaultSettings), defaultSettings)
    assert.deepStrictEqual(settingsHelp().map(({ key }) => key), [...settingKeys])
    for (const row of settingsHelp()) {
      assert.notStrictEqual(row.meaning, "", row.key)
      assert.notStrictEqual(row.default, "", row.key)
      assert.include(settingsHelpText(), `${row.key}=${row.values}`)
    }
  })
})

describe("closest", () => {
  it("finds slips and leaves other words alone", () => {
    const known = ["lora_rank", "learning_rate", "seed"]
    assert.strictEqual(closest("lora_rnak", known), "lora_rank")
    assert.strictEqual(closest("Learning-Rate", known), "learning_rate")
    assert.isUndefined(closest("temperature", known))
  })
})
