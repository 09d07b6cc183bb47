import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"
import type { LossItem } from "../../core/Loss.ts"
import { type KeptTurn, Trainer } from "../../core/Trainer.ts"
import { callTurn, readTurn, writtenTurn } from "../../core/Turn.ts"
import { makeLesson, turn } from "../../test/helpers/MakeLesson.ts"
import { overriding } from "../../test/helpers/OverriddenBackend.ts"
import { referenceBackend } from "../../test/helpers/ReferenceBackend.ts"
import { sdpo, type SdpoInput } from "../sdpo/index.ts"
import { keptBeside, weakened } from "./Rehearsal.ts"

const quiet = () => Effect.void

const run = <A, E>(
  options: SdpoInput,
  body: (
    trainer: Trainer["Service"],
    backend: LoraBackend["Service"],
    losses: Array<ReadonlyArray<LossItem>>
  ) => Effect.Effect<A, E>
) =>
  Effect.suspend(() => {
    const losses: Array<ReadonlyArray<LossItem>> = []
    const backend = overriding(referenceBackend(), (real) => ({
      forwardBackward: (items) => {
        losses.push(items)
        return real.forwardBackward(items)
      }
    }))
    return Effect.gen(function*() {
      return yield* body(yield* Trainer, yield* LoraBackend, losses)
    }).pipe(
      Effect.provide(
        sdpo({ learningRate: 0.02, epsilon: 1e-8, rehearse: 16, ...options }).pipe(Layer.provideMerge(backend))
      )
    )
  })

const keep = (backend: LoraBackend["Service"], task: string) =>
  turn(backend, task).pipe(Effect.map(({ promptIds, ...sampled }): KeptTurn => ({ ...readTurn(sampled), promptIds })))

describe("choosing what is kept", () => {
  it.effect("leaves out what the lesson denies, its own prompt, older turns of a prompt, and the oldest", () =>
    run({}, (_, backend) =>
      Effect.sync(() => {
        const { tokenizer } = backend
        const { encodeChat } = tokenizer
        const kept = (task: string, tool: string): KeptTurn => ({
          ...callTurn(tokenizer, { tool, arguments: { path: "a.js" } }),
          promptIds: encodeChat([{ role: "user", content: task }], [])
        })
        const [a, b, c, d] = ["fix a.js", "fix b.js", "fix c.js", "read a.js"] as const
        const all = [kept(a, "edit"), kept(b, "write"), kept(c, "edit"), kept(c, "bash"), kept(d, "bash")]
        const lesson = {
          call: { id: "", tool: "write", arguments: { path: "z.js" } },
          promptIds: encodeChat([{ role: "user", content: a }], [])
        }
        assert.deepStrictEqual(keptBeside(backend, all, lesson, 10), [all[2]!, all[4]!])
        assert.deepStrictEqual(keptBeside(backend, all, lesson, 1), [all[2]!])
        assert.deepStrictEqual(keptBeside(backend, all, lesson, 0), [])
      })))
})

describe("rehearsal", () => {
  it.effect("finds the turns that are no longer sure, and asks for those alone", () =>
    run({ innerSteps: 20 }, (trainer, backend) =>
      Effect.gen(function*() {
        const sure = yield* keep(backend, "please read b.js")
        assert.deepStrictEqual(yield* weakened(backend, [sure]), [])
        const { text } = yield* turn(backend, "please fix a.js", "use edit")
        const wanted = { ...writtenTurn(backend.tokenizer, text), promptIds: sure.promptIds }
        const items = yield* weakened(backend, [sure, wanted])
        assert.deepStrictEqual(items, [wanted])
        yield* trainer.learn(yield* makeLesson(backend, { correction: "use edit" }), quiet)
        assert.strictEqual((yield* turn(backend, "please fix a.js")).text, text)
      })))

  it.effect("brings back what a lesson changed elsewhere, and the lesson still holds", () =>
    run(
      { innerSteps: 20, rehearsalSteps: 40, learningRate: 0.1 },
      (trainer, backend, losses) =>
        Effect.gen(function*() {
          yield* trainer.learn(yield* makeLesson(backend, { task: "please fix b.js", correction: "use bash" }), quiet)
          const others = [yield* keep(backend, "please fix b.js")]
          assert.match(backend.tokenizer.decode(others[0]!.ids), /"bash"/)
          // Said of another call than the one kept, so that both are wanted.
          const denied = { id: "", tool: "read", arguments: { path: "a.js" } }
          const lesson = { ...yield* makeLesson(backend, { correction: "use edit" }), call: denied }
          const start = yield* backend.snapshot
          const changedBy = weakened(backend, others).pipe(Effect.map((weak) => weak.length))
          yield* trainer.learn(lesson, quiet)
          const without = yield* changedBy
          const taught = (yield* turn(backend, "please fix a.js")).text
          yield* backend.restore(start)
          losses.length = 0
          const outcome = yield* trainer.learn(lesson, quiet, others)
          if (outcome._tag !== "Stepped") return assert.fail("no step")
          assert.isAbove(without, 0, "the lesson alone changes them, so that there is something to rehearse")
          assert.strictEqual(yield* changedBy, 0)
          assert.strictEqual((yield* turn(backend, "please fix a.js")).text, taught)
          assert.isTrue(losses.some((items) => items.some(({ _tag }) => _tag === "CrossEntropy")))
          assert.strictEqual(outcome.step.revision, lesson.adapterRevision + outcome.step.inner.length)
        })
    ))

  it.effect("ends after its updates where both cannot be had, and with none it never begins", () =>
    run({ innerSteps: 3, rehearsalSteps: 2 }, (trainer, backend) =>
      Effect.gen(function*() {
        const lesson = yield* makeLesson(backend, { correction: "use edit" })
        // No model makes this turn, so it can't be brought back.
        const nonsense = "z".repeat(34)
        const never: KeptTurn = {
          ...readTurn({ text: nonsense, ids: backend.tokenizer.encode(nonsense) }),
          promptIds: backend.tokenizer.encodeChat([{ role: "user", content: "fix c.js" }], [])
        }
        const outcome = yield* trainer.learn(lesson, quiet, [never])
        assert.strictEqual(outcome._tag, "Stepped")
        if (outcome._tag === "Stepped") assert.isAtMost(outcome.step.inner.length, 5)
        if (outcome._tag === "Stepped") assert.isAtLeast(outcome.step.inner.length, 3)
      })))
})
