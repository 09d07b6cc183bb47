import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { sampleCard } from "../../test/helpers/SampleEvents.ts"
import { cardLines } from "./Card.ts"
import { outcomeLine, relationLines } from "./Evidence.ts"
import { plain } from "./Line.ts"
import { chance } from "./Numbers.ts"
import { spelled } from "./Spelled.ts"

const shown = cardLines(sampleCard).map(plain)

describe("the card of a lesson", () => {
  it("shows before and after of all there is evidence for", () => {
    assert.deepStrictEqual(shown.slice(0, 20), [
      "the last lesson  denial  use edit_lines",
      "  the 3rd time you said this",
      "  contradicts  an earlier lesson, \"use write\": it taught the very call you denied now. "
      + "If that no longer holds: continualcode lessons undo l0",
      "  task                fix the card",
      "  attempt             write  math.js",
      "                         before    after",
      "  log p(attempt)           -1.2     -9.8",
      "  log p(corrected)         -9.1     -0.4   what the teacher would do",
      "  from the teacher         0.41     0.08   nats per token",
      "  untold, before      write  math.js",
      "  untold, after       edit_lines  math.js   (as corrected)",
      "  branching token     number 13 of the attempt, after {\"name\":␣\"",
      "  * write                   98%    0.20%   the attempt's own",
      "    edit                   1.0%      97%",
      "    ␣⏎→<U+0007>               ·        ·",
      "    (end)                     ·   <0.01%",
      "  moved               0.70 nats per token from the weights before, 0.10 from the base model",
      "  approved calls      1 of 2 unchanged, 2 of 2 valid, drift 0.01 nats per token (the 32 likeliest tokens and the rest)",
      "    list the files: I see.  ->  Sure.",
      "  updates             1   gradient 1.00   change 0.10"
    ])
  })

  it("ends with what the approved retry taught", () => {
    assert.deepStrictEqual(shown.slice(-3), [
      "the approved retry  edit_lines  math.js",
      "  not learned         The model now makes the approved call without being told.",
      "  from the teacher    0.02 nats per token"
    ])
  })

  it("names a lesson that is not the last by its place, and a rolled back one as such", () => {
    const { outcome } = sampleCard
    const step = outcome._tag === "Stepped" ? outcome.step : assert.fail("no step")
    const lines = cardLines({ ...sampleCard, number: 2, outcome: { _tag: "RolledBack", reason: "it drifted", step } })
    assert.match(plain(lines[0] ?? []), /^lesson 2 of 3/)
    assert.include(lines.map(plain), "  rolled back         it drifted")
    assert.strictEqual(
      plain(outcomeLine({ _tag: "RolledBack", reason: "it drifted", step })),
      "rolled back  it drifted"
    )
  })
})

describe("a token", () => {
  it("hides nothing", () => {
    assert.strictEqual(spelled("\n  a\tb\u0007\u202e"), "⏎␣␣a→b<U+0007><U+202E>")
    assert.strictEqual(spelled(""), "(end)")
  })

  it.prop("never has white space or a control character in it", { text: Schema.String }, ({ text }) => {
    assert.notMatch(spelled(text), /[\p{Cc}\p{Zs}\p{Zl}\p{Zp}]/u)
  })

  it("has a probability in as many digits as it needs", () => {
    assert.deepStrictEqual([1, 0.981, 0.0123, 0.0012, 0, undefined].map(chance), [
      "100%",
      "98%",
      "1.2%",
      "0.12%",
      "<0.01%",
      "·"
    ])
  })
})

describe("relations", () => {
  it("say nothing about a correction that is new", () => {
    assert.deepStrictEqual(relationLines({ times: 1, same: [] }), [])
    assert.deepStrictEqual(relationLines(undefined), [])
  })

  it("count in words", () => {
    const said = (times: number) => relationLines({ times, same: [] }).map(plain)
    assert.deepStrictEqual([2, 3, 4, 11, 22].flatMap(said), [
      "  the 2nd time you said this",
      "  the 3rd time you said this",
      "  the 4th time you said this",
      "  the 11th time you said this",
      "  the 22nd time you said this"
    ])
  })
})
