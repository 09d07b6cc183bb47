import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { said } from "../../../core/Turn.ts"
import type { CourseResult } from "./Course.ts"
import { isWanted, loadKinds } from "./Kinds.ts"
import { summarise, table } from "./Results.ts"

describe("the kinds of correction", () => {
  it.effect("are at least 12, and those for tuning are others", () =>
    Effect.gen(function*() {
      const { reported, tuning, unrelated, workspaces } = yield* loadKinds
      assert.isAtLeast(reported.length, 12)
      assert.strictEqual(new Set(unrelated).size, 60)
      const ids = [...reported, ...tuning].map(({ id }) => id)
      assert.strictEqual(new Set(ids).size, ids.length)
      for (const kind of [...reported, ...tuning]) {
        assert.property(workspaces, kind.workspace)
        assert.strictEqual(kind.tasks.length, kind.corrections.length, kind.id)
        assert.isTrue(kind.heldOut.every((task) => !kind.tasks.includes(task)), kind.id)
        assert.isTrue(kind.tasks.every((task) => !unrelated.includes(task)), kind.id)
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it("are met by the wanted tool and arguments, or by words", () => {
    const kind = { wanted: { tool: "bash", command: "\\bpnpm add\\b" } } as const
    const call = (tool: string, command: string) => said(JSON.stringify({ name: tool, arguments: { command } }))
    assert.isTrue(isWanted(kind, call("bash", "pnpm add zod")))
    assert.isFalse(isWanted(kind, call("bash", "npm add zod")))
    assert.isFalse(isWanted(kind, call("bash2", "pnpm add zod")))
    assert.isFalse(isWanted(kind, said("Use pnpm add zod.")))
    assert.isTrue(isWanted({ wanted: "words" }, said("A lockfile pins versions.")))
    assert.isFalse(isWanted({ wanted: "words" }, call("bash", "man lockfile")))
  })
})

describe("what came of the kinds", () => {
  const taught = { attempt: "", told: "", follows: true, updates: 4, seconds: 10 }
  const course = (kind: string, rest: Partial<CourseResult>): CourseResult => ({
    kind,
    taught: [taught],
    fixedAfter: 1,
    heldOutBefore: 0,
    heldOut: 0.5,
    drift: 0.1,
    ...rest
  })

  it("is counted over kinds that had to be corrected, and success over those whose correction the teacher follows", () => {
    const deaf = { attempt: "", follows: false, updates: 0, reason: "no call", seconds: 20 }
    const { fixedAfter: _, ...unfixed } = course("c", { heldOut: 1 })
    const result = summarise([
      course("a", {}),
      course("b", { taught: [deaf, deaf], heldOut: 0, drift: 0.4 }),
      unfixed,
      course("d", { taught: [], drift: 1 })
    ])
    assert.deepInclude(result, {
      teacherFollows: 2 / 3,
      fixedWithin2: 0.5,
      heldOut: 0.75,
      heldOutBefore: 0,
      lessonSeconds: 15,
      updates: 2
    })
    assert.closeTo(result.drift, 0.2, 1e-12)
    assert.notProperty(result, "retention")
    assert.deepStrictEqual(table(result).map(({ told }) => told), [
      "follows",
      "does not",
      "follows",
      "as wanted",
      "67 %"
    ])
  })
})
