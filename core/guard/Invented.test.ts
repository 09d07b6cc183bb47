import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fakeTokenizer } from "../../test/helpers/FakeBackend.ts"
import { call, lesson } from "../../test/helpers/Lessons.ts"
import { toolCallText } from "../prompt/ToolCallText.ts"
import { said } from "../Turn.ts"
import { inventedWords } from "./Invented.ts"

const denied = lesson("l", {
  correction: "we never push to main",
  call: call("bash", { command: "npm install dayjs" }),
  attempt: { text: "", promptIds: fakeTokenizer.encode("<user>ship the parcels</user>"), ids: [1], logProbs: [0] },
  teacherPromptIds: fakeTokenizer.encode("<user>ship the parcels</user>Correction: we never push to main")
})

/** Words of a command, for a base model that finds only these runs of characters likely. */
const made = (command: string, likely = "", otherwise = 0.101) =>
  inventedWords(
    {
      tokenizer: fakeTokenizer,
      score: ({ completionIds }) => {
        const text = fakeTokenizer.decode(completionIds)
        const at = text.indexOf(likely)
        return Effect.succeed({
          logProbs: completionIds.map((_, t) =>
            Math.log(likely !== "" && t >= at && t < at + likely.length ? 0.9 : otherwise)
          )
        })
      }
    },
    denied,
    said(toolCallText("bash", { command }))
  )

describe("words that a call makes up", () => {
  it.effect("stand in neither conversation, correction nor denied call, and the base model would not write them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* made("ship parcels --main"), [])
      assert.deepStrictEqual(yield* made("NPM push dayjs"), [])
      assert.deepStrictEqual(yield* made("git push foyuz_yzrq"), ["git", "foyuz", "yzrq"])
      assert.deepStrictEqual(yield* made("git push", "git"), [])
      assert.deepStrictEqual(yield* made("git push", "gi"), ["git"])
      assert.deepStrictEqual(yield* made("push a b"), [])
      // In quotes a writer chooses, but not against all odds.
      assert.deepStrictEqual(yield* made("push 'wonderful news' there"), ["there"])
      assert.deepStrictEqual(yield* made("push 'wonderful news'", "", 0.01), ["wonderful", "news"])
    }))

  it.effect("are none where there is no call", () =>
    Effect.gen(function*() {
      const words = yield* inventedWords(
        { tokenizer: fakeTokenizer, score: () => Effect.die("nothing to ask") },
        denied,
        said("It is foyuz.")
      )
      assert.deepStrictEqual(words, [])
    }))
})
