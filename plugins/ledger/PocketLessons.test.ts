import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { adapterShape, Learner } from "../../core/Learner.ts"
import { Lessons } from "../../core/Lessons.ts"
import { lessons as lessonsLayer } from "../../core/lessons/Layer.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { makeLesson } from "../../test/helpers/MakeLesson.ts"
import { pocket } from "../../trainers/pocket/index.ts"
import { sdpo } from "../../trainers/sdpo/index.ts"
import { ledger } from "./index.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "pocket-lessons-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** An average teacher, so that a snapshot holds a shadow besides adapter and moments. */
const objective = sdpo({ teacher: "ema", emaRate: 0.1, innerSteps: 2, gate: 0, until: "changed" })

/** The program's services on a ledger, the adapter resumed, on one pocket backend that is as new. */
const session = <A, E>(directory: string, use: Effect.Effect<A, E, Lessons | Learner | LoraBackend | FeedbackStore>) =>
  Effect.gen(function*() {
    const backend = yield* LoraBackend
    yield* backend.reset(12345)
    const services = lessonsLayer().pipe(
      Layer.provideMerge(Learner.layer({ training: true, saveEvery: 0, exportsDirectory: directory })),
      Layer.provideMerge(objective),
      Layer.provideMerge(ledger(directory)),
      Layer.provideMerge(Layer.succeed(LoraBackend, backend))
    )
    return yield* Effect.andThen(Learner.use(({ resume }) => resume), use).pipe(Effect.provide(Layer.fresh(services)))
  })

const bytes = LoraBackend.use(({ snapshot }) => snapshot)
const quiet = () => Effect.void
const undo = (id?: string) => Lessons.use((lessons) => lessons.undo(id, quiet))

const learn = (lesson: Lesson) =>
  Effect.gen(function*() {
    const { learn } = yield* Learner
    yield* learn(lesson, { progress: () => Effect.void, finished: () => Effect.void })
    return yield* bytes
  })

const told = [
  ["add a divide function", "use edit_lines"],
  ["install zod", "use pnpm"],
  ["run the tests", "use node --test"]
] as const

describe("with the pocket model", () => {
  it.live("undo and replay give, to the byte, what was or what would have been", () =>
    Effect.gen(function*() {
      const made = yield* Effect.forEach(told, ([task, correction], index) =>
        Effect.gen(function*() {
          const backend = yield* LoraBackend
          const lesson = yield* makeLesson(backend, { task, correction, maxTokens: 16 })
          return { ...lesson, id: `lesson-${index}`, adapterRevision: -1 }
        }))

      // As if the second lesson had never been.
      const wanted = yield* session(
        yield* folder,
        Effect.forEach(made.filter((_, index) => index !== 1), learn)
      )
      const directory = yield* folder
      const [first, second, third] = yield* session(directory, Effect.forEach(made, learn))

      yield* session(
        directory,
        Effect.gen(function*() {
          const is = (wanted: Uint8Array | undefined, what: string) =>
            Effect.map(bytes, (now) => assert.isTrue(wanted !== undefined && Buffer.from(now).equals(wanted), what))
          const all = yield* Lessons.use(({ list }) => list)
          assert.deepStrictEqual(all.map(({ state }) => state), ["active", "active", "active"])
          yield* Lessons.use((lessons) => lessons.replay(quiet))
          yield* is(third, "a replay of everything")
          yield* undo()
          yield* is(second, "undo of the newest")
          yield* learn({ ...made[2]!, id: "lesson-2-again" })
          yield* is(third, "learning goes on from there")
          yield* undo("lesson-1")
          yield* is(wanted[1], "undo of an older one")
          yield* undo()
          yield* is(first, "undo of the newest after that")
        })
      )

      // What the next start loads.
      yield* session(
        directory,
        Effect.gen(function*() {
          assert.isTrue(Buffer.from(yield* bytes).equals(first!))
          const { info } = yield* LoraBackend
          const kept = yield* FeedbackStore.use(({ snapshots }) =>
            snapshots({ modelIdentity: info.modelIdentity, shape: adapterShape(info) })
          )
          assert.deepStrictEqual(kept, ["lesson-0"])
        })
      )
    }).pipe(Effect.provide(pocket({ threads: 1 }))))
})
