import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Call } from "../core/domain/Call.ts"
import type { LearnOutcome } from "../core/domain/Step.ts"
import { said, sameCall, sameTurn } from "../core/Turn.ts"
import { demoCopy } from "./helpers/DemoCopy.ts"
import { runProgram } from "./helpers/HeadlessProgram.ts"

/** What a person told the shipped model in words of their own, and what they saw. */
const tell = Effect.fnUntraced(function*(task: string, correction: string) {
  const directory = yield* demoCopy
  const { lines } = yield* runProgram({
    directory,
    args: ["-p", task],
    answer: (_, number) => number === 0 ? { _tag: "Deny", correction } : { _tag: "Cancel" }
  })
  return {
    calls: lines.flatMap((line): ReadonlyArray<Call> => line._tag === "CallProposed" ? [line.call] : []),
    outcome: lines.flatMap((line): ReadonlyArray<LearnOutcome> =>
      line._tag === "LearningFinished" ? [line.outcome] : []
    )[0]
  }
})

const CASES = [
  ["find where total is used", "don't shell out, you've got a grep tool"],
  ["install requests with python", "this repo is on uv"],
  ["download https://example.com/data.csv", "curl isn't installed on our boxes, wget is"],
  ["commit my work", "write commit messages in Portuguese"]
] as const

describe("corrections in words the shipped model has not seen", () => {
  for (const [task, correction] of CASES) {
    it.live(`${task}: ${correction}`, () =>
      Effect.gen(function*() {
        const { calls: [denied, retry], outcome } = yield* tell(task, correction)
        if (denied === undefined || outcome === undefined) return assert.fail("nothing was denied")
        assert.isFalse(retry !== undefined && sameCall(denied, retry), "the denied call is its own retry")
        if (outcome._tag !== "Stepped") return assert.match(outcome.reason, /\.$/)
        const { asCorrected, divergenceAfter, divergenceBefore, greedyAfter, greedyBefore } = outcome.step.evidence
        assert.isFalse(sameTurn(said(greedyAfter), said(greedyBefore)), "what is kept does something")
        assert.isTrue(asCorrected === true || divergenceAfter <= divergenceBefore, "a step led away and was kept")
      }))
  }

  it.live("what is understood is kept, compared with calls that the model is sure of here", () =>
    Effect.gen(function*() {
      const { calls, outcome } = yield* tell("install zod", "pnpm here")
      assert.deepStrictEqual(calls.map(({ arguments: args }) => args["command"]), ["npm install zod", "pnpm add zod"])
      if (outcome?._tag !== "Stepped") return assert.fail("it was not kept")
      const { canaries } = outcome.step.evidence
      assert.isTrue(canaries?.own)
      assert.isAtLeast(canaries?.count ?? 0, 2)
    }))
})
