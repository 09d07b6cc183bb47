import { assert, describe, it } from "@effect/vitest"
import type { ProbeRun } from "../domain/ProbeRun.ts"
import { brokenLessons } from "./Forgotten.ts"

/** A run in which each lesson has one question for each letter: `v` violated, `k` kept. */
const run = (revision: number, lessons: Readonly<Record<string, string>>): ProbeRun => ({
  at: 1000 * revision,
  revision,
  modelIdentity: "m",
  answers: Object.entries(lessons).flatMap(([lessonId, verdicts]) =>
    verdicts.split("").map((verdict, index) => ({
      id: `${lessonId}/${index}`,
      source: "lesson" as const,
      lessonId,
      task: "t",
      answer: "a",
      violated: verdict === "v"
    }))
  )
})

describe("lessons that do not hold", () => {
  it("are forgotten when fewer of their questions were violated before, at the newest such run", () => {
    const runs = [
      run(2, { a: "kkk", b: "vvv" }),
      run(4, { a: "kkv", b: "vvv" }),
      run(6, { b: "vvv", c: "kkk" }),
      run(8, { a: "vvk", b: "vkv", c: "kkk", d: "v" })
    ]
    assert.deepStrictEqual(brokenLessons(runs), [
      { lessonId: "a", asked: 3, violated: 2, heldAt: { at: 4000, revision: 4 } },
      { lessonId: "b", asked: 3, violated: 2 },
      { lessonId: "d", asked: 1, violated: 1 }
    ])
    assert.deepStrictEqual(brokenLessons([]), [])
  })
})
