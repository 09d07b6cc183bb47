import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import { LoraBackend, type SampledToken } from "../LoraBackend.ts"
import { overriding } from "../../test/helpers/OverriddenBackend.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { sureCalls } from "./SureCalls.ts"

const isRunnable = () => true
const tasks = ["first", "second", "third"].map((task, index) => ({ task, promptIds: [index] }))

/** Answers prompt `n` with a call whose first token has this log-probability; `drawn` collects what was drawn. */
const answering = (logProbs: ReadonlyArray<number>, drawn: Array<string>) =>
  overriding(referenceBackend(), ({ tokenizer }) => {
    const pieces = [
      "<tool_call>\n{\"name\": \"",
      "read",
      "\", \"arguments\": {\"path\": \"",
      "a.js",
      "\"}}\n</tool_call>"
    ]
    const ids = pieces.flatMap(tokenizer.encode)
    return {
      sample: ({ promptIds: [prompt = 0] }) =>
        Stream.fromIterable(ids).pipe(
          Stream.map((id, t): SampledToken => ({ id, logProb: t === 0 ? logProbs[prompt] ?? 0 : 0, text: "" })),
          Stream.tap(({ id }) => Effect.sync(() => void drawn.push(`${prompt} ${tokenizer.decode([id])}`)))
        )
    }
  })

describe("calls that the base model is sure of", () => {
  it.effect("are left at their first unsure token, and what is known of a task is not asked again", () => {
    const drawn: Array<string> = []
    return Effect.gen(function*() {
      const backend = yield* LoraBackend
      const answers = new Map<string, ApprovedTurn | undefined>()
      const found = yield* sureCalls(backend, tasks, isRunnable, 2, answers)
      assert.deepStrictEqual(found.map(({ task }) => task), ["second", "third"])
      assert.strictEqual(drawn.filter((one) => one.startsWith("0")).length, 1)
      const before = drawn.length
      assert.deepStrictEqual(yield* sureCalls(backend, tasks, isRunnable, 2, answers), found)
      assert.strictEqual(drawn.length, before)
    }).pipe(Effect.provide(answering([-3, 0, 0], drawn)))
  })
})
