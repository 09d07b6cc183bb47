import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ApprovalRequest } from "../core/domain/ApprovalRequest.ts"
import type { LearnOutcome } from "../core/domain/Step.ts"
import type { OutputLine } from "../ui/headless/Protocol.ts"
import { demoCopy } from "./helpers/DemoCopy.ts"
import { runProgram } from "./helpers/HeadlessProgram.ts"
import { ownRules } from "./helpers/OwnRules.ts"

const approve = { _tag: "Approve" } as const
const deny = { _tag: "Deny", correction: "use edit_lines; don't overwrite" } as const
const cancel = { _tag: "Cancel" } as const

/** A user who wants to be asked for reading too, so that there is an approved call to leave alone. */
const askedForReading = ownRules({ tool: "read", effect: "ask" })

/** Approves the reading, denies the writing, and leaves at the retry. */
const once = ({ call }: ApprovalRequest) => call.tool === "read" ? approve : call.tool === "write" ? deny : cancel

const outcomes = (lines: ReadonlyArray<OutputLine>): ReadonlyArray<LearnOutcome> =>
  lines.flatMap((line) => line._tag === "LearningFinished" ? [line.outcome] : [])

describe("evidence of the shipped model", () => {
  it.live("shows that a denial lowered the attempt, raised the corrected call, and left an approved call alone", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const { errors, lines } = yield* runProgram({
        directory,
        args: ["-p", "fix the test"],
        env: yield* askedForReading,
        answer: once
      })
      const [outcome] = outcomes(lines)
      assert.strictEqual(outcome?._tag, "Stepped", errors)
      if (outcome?._tag !== "Stepped") return
      const { evidence, inner, seconds, stages } = outcome.step
      assert.isBelow(evidence.attemptLogProbAfter, evidence.attemptLogProbBefore)
      assert.strictEqual(evidence.corrected?.source, "teacher")
      assert.isAbove(evidence.corrected?.logProbAfter ?? 0, evidence.corrected?.logProbBefore ?? 0)
      assert.strictEqual(evidence.asCorrected, true)
      assert.strictEqual(evidence.taught, evidence.greedyAfter)
      const { branch, canaries } = evidence
      assert.strictEqual(branch?.attempt.text, "write")
      assert.isBelow(branch?.attempt.after ?? 1, branch?.attempt.before ?? 0)
      assert.isTrue(branch?.alternatives.some(({ after = 0, before = 1 }) => after > before))
      assert.strictEqual(canaries?.count, 1)
      assert.deepStrictEqual([canaries?.unchanged, canaries?.valid], [1, 1])
      assert.isBelow(canaries?.kl ?? 1, 0.05)
      assert.isAbove(inner.length, 0)
      const waited = Object.values(stages ?? {}).reduce((sum, one) => sum + one, 0)
      assert.isAtMost(waited, seconds + 0.05)
    }))

  it.live("undoes a step that breaks a limit, says why, and still retries with the correction in view", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const args = ["-p", "fix the test", "guard_canary_kl=0.0000001"]
      const { errors, lines } = yield* runProgram({ directory, args, env: yield* askedForReading, answer: once })
      const [outcome] = outcomes(lines)
      assert.strictEqual(outcome?._tag, "RolledBack", errors)
      assert.match(outcome?._tag === "RolledBack" ? outcome.reason : "", /1 call you approved before.*guard_canary_kl/)
      assert.isTrue(lines.some((line) => line._tag === "CallProposed" && line.retry))
      const result = lines.at(-1)
      assert.deepStrictEqual(result?._tag === "Result" ? [result.steps, result.skipped, result.revision] : [], [
        0,
        1,
        0
      ])
    }))
})
