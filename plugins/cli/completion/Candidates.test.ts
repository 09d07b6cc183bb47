import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { settingKeys } from "../../../core/config/Settings.ts"
import { objectives } from "../../Objectives.ts"
import { permissionFlags } from "../PermissionFlags.ts"
import { commandNames } from "../Tree.ts"
import { candidates } from "./Candidates.ts"

const offered = (...words: ReadonlyArray<string>) => candidates(words, ["main", "work"]).words.map(({ word }) => word)
const takesFiles = (...words: ReadonlyArray<string>) => candidates(words, []).files

describe("what may come next", () => {
  it("is a command or a setting at first, and a setting anywhere", () => {
    assert.deepStrictEqual(offered(""), [...commandNames, ...settingKeys.map((key) => `${key}=`), "agent="])
    assert.deepStrictEqual(offered("les"), ["lessons"])
    assert.deepStrictEqual(offered("seed=1", "les"), ["lessons"])
    assert.deepStrictEqual(offered("lessons", "show", "guard_c"), ["guard_canaries=", "guard_canary_kl="])
  })

  it("is an action of the command, then what that takes", () => {
    assert.deepStrictEqual(offered("workspace=demo", "lessons", "f"), ["forget"])
    assert.deepStrictEqual(offered("adapters", "switch", "wo"), ["work", "workspace="])
    assert.deepStrictEqual(offered("completion", "z"), ["zsh"])
    assert.isTrue(takesFiles("lessons", "import", "ex"))
    assert.isFalse(takesFiles("lessons", "undo", ""))
    assert.deepStrictEqual(offered("adapters", "copy", "main", "wo"), ["workspace="])
  })

  it("is a flag of the command, or what a flag may be", () => {
    assert.deepStrictEqual(offered("lessons", "--"), [
      "--form",
      "--adapter",
      "--objective",
      "--output",
      "--agent",
      "--trust",
      "--help"
    ])
    assert.deepStrictEqual(offered("--"), [
      "--prompt",
      "--output",
      "--continue",
      "--resume",
      "--fork",
      "--agent",
      "--trust",
      "--help",
      "--version",
      ...permissionFlags
    ])
    assert.deepStrictEqual(offered("--allow-n"), ["--allow-net"])
    assert.deepStrictEqual(offered("metrics", "--output", ""), ["text", "json", "html"])
    assert.deepStrictEqual(offered("metrics", "--output=h"), ["--output=html"])
    assert.deepStrictEqual(offered("adapters", "create", "x", "--from", "w"), ["work"])
    assert.deepStrictEqual(offered("lessons", "--objective", "sd"), ["sdpo", "sdpo_literal"])
    assert.deepStrictEqual(offered("-p", "les"), [])
    assert.isTrue(takesFiles("--agent", ""))
  })

  it("is what a setting may be", () => {
    assert.deepStrictEqual(offered("objective="), objectives.map(({ name }) => `objective=${name}`))
    assert.deepStrictEqual(offered("learn", "teacher=c"), ["teacher=current"])
    assert.deepStrictEqual(offered("enable_training="), ["enable_training=true", "enable_training=false"])
    assert.deepStrictEqual(offered("adapter="), ["adapter=main", "adapter=work"])
    assert.isTrue(takesFiles("workspace=de"))
    assert.isTrue(takesFiles("model_name="))
    assert.deepStrictEqual([offered("seed="), takesFiles("seed=")], [[], false])
  })

  it.effect.prop(
    "always begins as what is written does",
    [Schema.Array(Schema.String)],
    ([words]) =>
      Effect.sync(() => {
        for (const word of offered(...words)) assert.isTrue(word.startsWith(words.at(-1) ?? ""))
      })
  )
})
