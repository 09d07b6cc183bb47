import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { callTurn, said } from "../../core/Turn.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer } from "../../core/Trainer.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { sdpo, type SdpoInput } from "../sdpo/index.ts"
import { callLike } from "./CallLike.ts"
import { asksForWords, callsOneOf, contrastAt, takesUp } from "./ToldTurn.ts"

const quiet = () => Effect.void
const row = (...logProbs: ReadonlyArray<readonly [number, number]>) =>
  logProbs.map(([id, logProb]) => ({ id, logProb }))

describe("the contrast of teacher and student", () => {
  const teacher = [row([1, -0.1], [2, -3]), row([3, -0.5], [4, -1.1], [5, -4])]

  it("turns where the correction speaks for a plausible token, at the first such place", () => {
    const student = [row([1, -0.1], [2, -3]), row([3, -0.2], [5, -6], [4, -9])]
    assert.deepStrictEqual(contrastAt([1, 3], 0, teacher, student), { at: 1, id: 4 })
    assert.isUndefined(contrastAt([1, 4], 0, teacher, student))
    assert.isUndefined(contrastAt([1, 3], 2, teacher, student))
  })

  it("leaves what is hardly plausible to the teacher, however unlikely it is to the student", () => {
    const student = [row([1, -0.1], [2, -3]), row([3, -0.5], [4, -1.1], [5, -20])]
    assert.isUndefined(contrastAt([1, 3], 0, teacher, student))
  })

  it("takes a token that is not listed for the student as no likelier than the last that is", () => {
    const student = [row([1, -0.1]), row([3, -0.2], [9, -9])]
    assert.deepStrictEqual(contrastAt([1, 3], 0, teacher, student), { at: 1, id: 4 })
  })
})

describe("what is asked for", () => {
  it("is words where the correction says so", () => {
    for (
      const correction of [
        "just answer in words, call no tool",
        "no tool, explain it",
        "don't run any command",
        "only tell me"
      ]
    ) assert.isTrue(asksForWords(correction), correction)
    for (const correction of ["use pnpm", "no, use the edit tool", "call the file answer.md", "explain in README.md"]) {
      assert.isFalse(asksForWords(correction), correction)
    }
  })

  it("is taken up by a call with a word of the correction that the attempt has not", () => {
    const lesson = {
      correction: "rename with git mv",
      attempt: {
        text: "{\"name\": \"bash\", \"arguments\": {\"command\": \"mv a b\"}}",
        promptIds: [],
        ids: [],
        logProbs: []
      }
    }
    assert.isTrue(takesUp(said("{\"command\": \"git mv a b\"}"), lesson))
    assert.isFalse(takesUp(said("{\"command\": \"mv a c\"}"), lesson))
    assert.isFalse(takesUp(said("{\"command\": \"digit\"}"), lesson))
  })

  it("is a call of a tool that there is, with the arguments it needs", () => {
    const tools = [{ name: "read", required: ["path"] }]
    const call = (text: string) => callsOneOf(tools, said(text))
    assert.isTrue(call("{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}"))
    assert.isFalse(call("{\"name\": \"read\", \"arguments\": {\"file\": \"a\"}}"))
    assert.isFalse(call("{\"name\": \"pnpm\", \"arguments\": {\"path\": \"a\"}}"))
    assert.isFalse(call("This repo uses pnpm."))
  })
})

describe("a call in the form of an attempt", () => {
  const call = { tool: "edit", arguments: { path: "b" } }
  const tokenizer = {
    encode: (text: string) => [...text].map((letter) => letter.codePointAt(0) ?? 0),
    decode: (ids: ReadonlyArray<number>) => String.fromCodePoint(...ids),
    encodeChat: () => [],
    stopIds: [0]
  }
  const like = (text: string) => callLike(tokenizer, { text }, call).text

  it("has its tags, its fence, or neither", () => {
    const json = "{\"name\": \"edit\", \"arguments\": {\"path\": \"b\"}}"
    assert.strictEqual(like("{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}"), json)
    assert.strictEqual(
      like("```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n```"),
      `\`\`\`json\n${json}\n\`\`\``
    )
    assert.strictEqual(
      like("{\"name\": \"read\", \"parameters\": {\"path\": \"a\"}}"),
      json.replace("arguments", "parameters")
    )
    const tagged = callTurn(tokenizer, { tool: "read", arguments: { path: "a" } }).text
    assert.strictEqual(like(tagged), callTurn(tokenizer, call).text)
    assert.strictEqual(like("To do this, say please."), callTurn(tokenizer, call).text)
  })
})

describe("sdpo with a held told turn", () => {
  const tools = [{ name: "read", required: ["path"] }, { name: "edit", required: ["path"] }]
  const run = <A, E>(
    options: SdpoInput,
    body: (trainer: Trainer["Service"], backend: LoraBackend["Service"]) => Effect.Effect<A, E>
  ) =>
    Effect.gen(function*() {
      return yield* body(yield* Trainer, yield* LoraBackend)
    }).pipe(Effect.provide(
      sdpo({ toldTurn: "held", epsilon: 1e-8, learningRate: 0.02, innerSteps: 12, ...options }).pipe(
        Layer.provideMerge(referenceBackend())
      )
    ))

  for (const learnOn of ["call", "both"] as const) {
    it.effect(`learns the corrected call on ${learnOn}, for other files too`, () =>
      run({ learnOn }, (trainer, backend) =>
        Effect.gen(function*() {
          const lesson = { ...(yield* makeLesson(backend, { correction: "use edit" })), tools }
          const outcome = yield* trainer.learn(lesson, quiet)
          assert.strictEqual(outcome._tag, "Stepped")
          if (outcome._tag !== "Stepped") return
          const { evidence, estimator } = outcome.step
          assert.include(estimator, "on the corrected call")
          assert.include(evidence.taught, "\"edit\"")
          assert.isTrue(evidence.asCorrected)
          assert.isBelow(evidence.divergenceAfter, evidence.divergenceBefore)
          assert.strictEqual(evidence.greedyAfter, (yield* turn(backend, "please fix a.js")).text)
          assert.include((yield* turn(backend, "please fix c.js")).text, "\"edit\"")
        })))
  }

  it.effect("learns a call that the teacher would not have made by itself with cross-entropy", () =>
    run({ learnOn: "call", until: "taught" }, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = {
          ...(yield* makeLesson(backend, { correction: "use edit" })),
          tools: [{ name: "bash", required: ["path"] }]
        }
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.strictEqual(outcome._tag, "Stepped")
        if (outcome._tag !== "Stepped") return
        assert.strictEqual(outcome.step.estimator, "cross-entropy on the corrected call")
        assert.include(outcome.step.evidence.greedyAfter, "\"bash\"")
        assert.isTrue(outcome.step.evidence.asCorrected)
      })))

  it.effect("makes no step where no call that can run comes of it, and says what can be done", () =>
    run({ learnOn: "call" }, (trainer, backend) =>
      Effect.gen(function*() {
        const before = yield* backend.snapshot
        const lesson = {
          ...(yield* makeLesson(backend, { correction: "use edit" })),
          tools: tools.map((tool) => ({ ...tool, required: ["nothing"] }))
        }
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.strictEqual(outcome._tag, "Skipped")
        if (outcome._tag === "Skipped") assert.match(outcome.reason, /no call that can run.*edit the call/)
        assert.deepStrictEqual(yield* backend.snapshot, before)
      })))

  it.effect("learns an edit on the edited call alone", () =>
    run({ learnOn: "call" }, (trainer, backend) =>
      Effect.gen(function*() {
        const correctedCall = { id: "edited", tool: "edit", arguments: { path: "a.js" } }
        const lesson = yield* makeLesson(backend, { kind: "edit", correction: "use edit", correctedCall })
        const outcome = yield* trainer.learn(lesson, quiet)
        assert.isTrue(outcome._tag === "Stepped" && outcome.step.evidence.asCorrected)
        if (outcome._tag === "Stepped") assert.notInclude(outcome.step.estimator, "+")
      })))
})
