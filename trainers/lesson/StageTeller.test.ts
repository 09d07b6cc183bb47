import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { LearnStage, StageSeconds } from "../../core/domain/Step.ts"
import { stageTeller } from "./StageTeller.ts"

const spent: StageSeconds = { teacher: 1, student: 1, backward: 4, update: 1, greedy: 1, evidence: 0, rehearsal: 0 }

describe("what a lesson waits for", () => {
  it.effect("is told before the first update, and later once it has taken a second, with what is left at most", () =>
    Effect.gen(function*() {
      const told: Array<LearnStage> = []
      const tell = stageTeller(0, 8, (stage) => Effect.sync(() => void told.push(stage)))
      yield* tell("teacher", spent, 0)
      yield* tell("greedy", spent, 1)
      yield* TestClock.adjust("2 seconds")
      yield* tell("update", spent, 1)
      yield* tell("backward", spent, 2)
      assert.deepStrictEqual(told, [
        { stage: "teacher", seconds: 0, updates: 0, of: 8 },
        { stage: "backward", seconds: 2, updates: 2, of: 8, left: 18 }
      ])
    }))

  it.effect("is told nobody where nobody asks", () => stageTeller(0, 8, undefined)("teacher", spent, 0))
})
