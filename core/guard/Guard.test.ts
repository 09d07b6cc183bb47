import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { CanaryReport } from "../domain/Step.ts"
import { sampleLesson, sampleStep } from "../../test/helpers/SampleEvents.ts"
import { said } from "../Turn.ts"
import { type CanaryReading, canaryReport } from "./Canary.ts"
import { chooseCanaries } from "./ChooseCanaries.ts"
import { klOfLikeliest, movementOf } from "./Drift.ts"
import { brokenLimit, type GuardLimits, type OwnTurn } from "./Guard.ts"

const row = (probabilities: ReadonlyArray<number>) =>
  probabilities.map((p, id) => ({ id, logProb: Math.log(p) })).toSorted((a, b) => b.logProb - a.logProb)
const exactKl = (p: ReadonlyArray<number>, q: ReadonlyArray<number>) =>
  p.reduce((sum, x, i) => sum + x * Math.log(x / (q[i] ?? 0)), 0)

const Distribution = Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: 0.001, maximum: 1 }))).check(
  Schema.isMinLength(6),
  Schema.isMaxLength(6)
)
const normalised = (weights: ReadonlyArray<number>) => {
  const total = weights.reduce((sum, x) => sum + x, 0)
  return weights.map((x) => x / total)
}

describe("drift", () => {
  it.prop("with every token listed is the KL, with fewer never more and never negative", {
    before: Distribution,
    after: Distribution,
    k: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))
  }, ({ after, before, k }) => {
    const [p, q] = [normalised(before), normalised(after)]
    const exact = exactKl(p, q)
    assert.closeTo(klOfLikeliest(row(p), row(q)), exact, 1e-6)
    const some = klOfLikeliest(row(p).slice(0, k), row(q).slice(0, k))
    assert.isAtMost(some, exact + 1e-6)
    assert.isAtLeast(some, 0)
  })

  it("sees mass that went to a token that was not listed", () => {
    const before = [{ id: 1, logProb: Math.log(0.98) }, { id: 2, logProb: Math.log(0.01) }]
    const after = [{ id: 3, logProb: Math.log(0.97) }, { id: 1, logProb: Math.log(0.02) }]
    assert.isAbove(klOfLikeliest(before, after), 3)
  })

  it("from tokens alone is 0 without change, and grows no faster than the change", () => {
    assert.strictEqual(movementOf([-1, -2], [-1, -2]), 0)
    assert.closeTo(movementOf([-1], [-1.1]), 0.1 ** 2 / 2, 1e-3)
    assert.isBelow(movementOf([-1], [-21]), 20)
  })
})

const turn = (id: string, command: string, more: Partial<ApprovedTurn> = {}): ApprovedTurn => ({
  id,
  at: 0,
  sessionId: "s",
  task: `task ${command}`,
  call: { id, tool: "bash", arguments: { command } },
  attempt: { text: "t", promptIds: [9, 9, Number(id)], ids: [1, 2], logProbs: [-1, -1] },
  modelIdentity: "m",
  adapterRevision: 0,
  ...more
})
const about = (command: string) => ({ ...sampleLesson, call: { id: "c", tool: "bash", arguments: { command } } })

describe("canaries", () => {
  const turns = Array.from({ length: 20 }, (_, index) => turn(String(index), `ls folder${index}`))

  it("are half the newest, half a draw that newer turns do not change", () => {
    const first = chooseCanaries(turns, sampleLesson, 6).map(({ id }) => id)
    assert.deepStrictEqual(first.slice(0, 3), ["0", "1", "2"])
    assert.strictEqual(new Set(first).size, 6)
    const later = chooseCanaries([turn("99", "pwd"), ...turns], sampleLesson, 6).map(({ id }) => id)
    assert.deepStrictEqual(later.slice(0, 3), ["99", "0", "1"])
    assert.isAtLeast(later.filter((id) => first.slice(3).includes(id)).length, 2)
  })

  it("leave out the kind of call that was denied, the lesson's own prompt, doubles and what is long", () => {
    const own = { ...sampleLesson.attempt, promptIds: [9, 9, 3] }
    const long = Array.from({ length: 2000 }, () => 1)
    const chosen = chooseCanaries(
      [
        turn("1", "npm install zod"),
        turn("2", "git push"),
        turn("3", "git log"),
        turn("4", "git push", { task: "task git push" }),
        turn("5", "make", { attempt: { ...own, promptIds: long } }),
        turn("6", "cat x", { attempt: { ...own, promptIds: [1], ids: [] } })
      ],
      { ...about("npm install ink"), attempt: own },
      4
    )
    assert.deepStrictEqual(chosen.map(({ id }) => id), ["2"])
  })

  const call = (name: string) => `<tool_call>\n{"name": "${name}", "arguments": {}}\n</tool_call>`
  const reading = (id: string, greedy: string, p: number): CanaryReading => ({
    turn: turn(id, `ls ${id}`),
    logProbs: [0],
    likeliest: [row([p, 1 - p])],
    greedy: said(greedy)
  })
  const report = (after: ReadonlyArray<CanaryReading>) =>
    canaryReport([reading("1", call("a"), 0.9), reading("2", call("b"), 0.9)], after, ({ tool }) => tool !== "gone")

  it("are reported with drift, share unchanged and share that can still run", () => {
    const same = report([reading("1", call("a"), 0.9), reading("2", call("b"), 0.9)])
    assert.deepStrictEqual(same, {
      count: 2,
      tokens: 2,
      kl: 0,
      estimator: "the 2 likeliest tokens and the rest",
      unchanged: 1,
      validBefore: 1,
      valid: 1,
      changed: []
    })
    const moved = report([reading("1", call("gone"), 0.5), reading("2", "words", 0.9)])
    assert.closeTo(moved.kl, exactKl([0.9, 0.1], [0.5, 0.5]) / 2, 1e-9)
    assert.deepStrictEqual([moved.unchanged, moved.validBefore, moved.valid], [0, 1, 0])
    assert.deepStrictEqual(moved.changed[0], { task: "task ls 1", before: call("a"), after: call("gone") })
  })
})

describe("the guard", () => {
  const off: GuardLimits = { canaries: 4, canaryKl: 0, validity: 0, stepNorm: 0 }
  const canaries: CanaryReport = {
    count: 4,
    tokens: 40,
    kl: 0.6,
    estimator: "",
    unchanged: 0.5,
    validBefore: 1,
    valid: 0.5,
    changed: []
  }

  const fine: OwnTurn = { usableBefore: true, usable: true }

  it("lets everything pass with its limits at 0", () => {
    assert.isUndefined(brokenLimit(off, sampleStep, canaries, fine))
    assert.isUndefined(brokenLimit({ ...off, canaryKl: 0.5, validity: 1 }, sampleStep, { ...canaries, count: 0 }, fine))
  })

  it("refuses drift, lost validity and large steps, and says which limit and what to do", () => {
    assert.match(
      brokenLimit({ ...off, canaryKl: 0.5 }, sampleStep, canaries, fine) ?? "",
      /4 calls you approved before by 0\.60 nats per token, above guard_canary_kl=0\.5.*as before\. Say .*raise guard_canary_kl\.$/
    )
    assert.match(
      brokenLimit({ ...off, validity: 0.75 }, sampleStep, canaries, fine) ?? "",
      /only 50 % of 4 calls.*below guard_validity=0\.75.*smaller learning_rate\.$/
    )
    assert.match(
      brokenLimit({ ...off, stepNorm: 0.05 }, sampleStep, undefined, fine) ?? "",
      /by 0\.10, above guard_step_norm=0\.05.*raise guard_step_norm\.$/
    )
  })

  it("refuses a step that leaves nothing usable where the correction was given, unless nothing was before", () => {
    const lost: OwnTurn = { usableBefore: true, usable: false }
    const limits = { ...off, validity: 0.5 }
    assert.match(
      brokenLimit(limits, sampleStep, undefined, lost) ?? "",
      /nothing here that can run.*turns this check off\.$/
    )
    assert.isUndefined(brokenLimit(off, sampleStep, undefined, lost))
    assert.isUndefined(brokenLimit(limits, sampleStep, undefined, { ...lost, usableBefore: false }))
  })

  const gone = (evidence: Partial<typeof sampleStep.evidence>) => ({
    ...sampleStep,
    evidence: { ...sampleStep.evidence, ...evidence }
  })

  it("refuses a step that led away from its teacher, unless it ends as corrected", () => {
    const away = gone({ divergenceBefore: 0.05, divergenceAfter: 0.15 })
    assert.match(
      brokenLimit(off, away, undefined, fine) ?? "",
      /grew from 0\.05 to 0\.15 nats per token, so it was undone and the weights are as before\. Say .*learning_rate\.$/
    )
    assert.isUndefined(brokenLimit(off, gone({ ...away.evidence, asCorrected: true }), undefined, fine))
    assert.isUndefined(brokenLimit(off, gone({ divergenceBefore: 0.05, divergenceAfter: 0.05 }), undefined, fine))
  })

  it("refuses updates that moved nothing", () => {
    const still = gone({ attemptLogProbAfter: -1.2, greedyAfter: "a", greedyChanged: false, divergenceAfter: 0.41 })
    assert.match(brokenLimit(off, still, undefined, fine) ?? "", /moved nothing.*larger learning_rate/)
    assert.isUndefined(brokenLimit(off, gone({ attemptLogProbAfter: -1.3, greedyChanged: false }), undefined, fine))
  })

  it("refuses a step that ends at words nobody said, and never advises an edit to who edited", () => {
    const limits = { ...off, validity: 0.5 }
    const made = { ...fine, invented: ["foyuz"] }
    assert.match(
      brokenLimit(limits, sampleStep, undefined, made) ?? "",
      /would write "foyuz" here.*or edit the call instead/
    )
    assert.isUndefined(brokenLimit(off, sampleStep, undefined, made))
    assert.notMatch(brokenLimit(limits, sampleStep, undefined, made, "edit") ?? "edit the call", /edit the call/)
  })

  it("says which calls it compared with", () => {
    assert.match(
      brokenLimit({ ...off, canaryKl: 0.5 }, sampleStep, { ...canaries, own: true }, fine) ?? "",
      /4 calls the base model is sure of in this project by 0\.60/
    )
  })

  it("does not blame a step for what was not valid before it", () => {
    assert.isUndefined(brokenLimit({ ...off, validity: 0.75 }, sampleStep, { ...canaries, validBefore: 0.5 }, fine))
    assert.isUndefined(brokenLimit({ ...off, canaryKl: 0.6 }, sampleStep, canaries, fine))
  })
})
