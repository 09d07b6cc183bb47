import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Deferred from "effect/Deferred"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import type { GuardLimits } from "../../core/guard/Guard.ts"
import { keptAtMost } from "../../core/lessons/KeptSnapshots.ts"
import { lessons as lessonsLayer } from "../../core/lessons/Layer.ts"
import { adapterShape, Learner } from "../../core/Learner.ts"
import { Lessons } from "../../core/Lessons.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import {
  type Chain,
  chainBackend,
  chainBytes,
  chainOf,
  chainTrainer,
  type ChainTraining
} from "../../test/helpers/ChainBackend.ts"
import { fakeTokenizer } from "../../test/helpers/FakeBackend.ts"
import { call, lesson } from "../../test/helpers/Lessons.ts"
import { overriding } from "../../test/helpers/OverriddenBackend.ts"
import { ledger } from "./index.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lessons-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

type Services = Lessons | Learner | LoraBackend | FeedbackStore

interface Setting extends ChainTraining {
  readonly rank?: number
  readonly seed?: number
  readonly guard?: GuardLimits
  readonly backend?: Layer.Layer<LoraBackend>
}

/** One start of the program on a ledger: services built, the adapter resumed, everything closed afterwards. */
const session = <A, E>(directory: string, setting: Setting, use: Effect.Effect<A, E, Services>) =>
  Effect.gen(function*() {
    const options = {
      training: true,
      saveEvery: 0,
      exportsDirectory: "/exports",
      seed: setting.seed ?? 0
    }
    const trainerFor = ({ objective, settings }: { objective: string; settings: Record<string, unknown> }) =>
      objective === "chain" ? chainTrainer({ rate: Number(settings["rate"]) }) : undefined
    const services = lessonsLayer({
      ...options,
      trainerFor,
      ...(setting.guard === undefined ? {} : { guard: setting.guard })
    }).pipe(
      Layer.provideMerge(Learner.layer(options)),
      Layer.provideMerge(chainTrainer(setting)),
      Layer.provideMerge(Layer.mergeAll(setting.backend ?? chainBackend(setting.rank), ledger(directory)))
    )
    return yield* Effect.gen(function*() {
      yield* Learner.use(({ resume }) => resume)
      return yield* use
    }).pipe(Effect.provide(Layer.fresh(services)))
  })

const say = (...said: ReadonlyArray<string | Lesson>) =>
  Effect.gen(function*() {
    const { learn } = yield* Learner
    for (const one of said) {
      const made = typeof one === "string" ? lesson(`id-${one}`, { correction: one }) : one
      yield* learn(made, { progress: () => Effect.void, finished: () => Effect.void })
    }
  })

const quiet = () => Effect.void
const undo = (id?: string) => Lessons.use((lessons) => lessons.undo(id, quiet))
const forget = (id: string) => Lessons.use((lessons) => lessons.forget(id, quiet))
const replay = Lessons.use((lessons) => lessons.replay(quiet))
const bytes = LoraBackend.use(({ snapshot }) => snapshot)
const taught = Effect.map(bytes, (saved) => chainOf(saved).taught)
const states = Effect.map(Lessons.use(({ list }) => list), (all) => all.map(({ id, state }) => [id, state]))

/** The adapter as the next start would load it. */
const stored = Effect.gen(function*() {
  const { info } = yield* LoraBackend
  const store = yield* FeedbackStore
  return Option.map(
    yield* store.latestSnapshot(info.modelIdentity, adapterShape(info)),
    (found) => chainOf(found.bytes)
  )
})

/** In memory and in the ledger the adapter was taught exactly this. */
const holds = (...wanted: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* taught, wanted)
    const saved = Option.getOrElse(yield* stored, (): Chain => ({ seed: 0, taught: [] }))
    assert.deepStrictEqual(saved, { seed: saved.seed, taught: wanted })
  })

describe("undo", () => {
  it.live("of the newest lesson restores the adapter before it, again and again down to the first", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          const before: Array<Uint8Array> = []
          for (const correction of ["a", "b", "c"]) {
            before.push(yield* bytes)
            yield* say(correction)
          }
          for (const name of ["c", "b", "a"]) {
            const undone = yield* undo()
            assert.deepStrictEqual(undone.lessons.map(({ id, state }) => [id, state]), [[`id-${name}`, "undone"]])
            assert.deepStrictEqual(undone.relearned, [])
            assert.deepStrictEqual(yield* bytes, before.pop())
          }
          assert.include((yield* Effect.flip(undo())).message, "nothing is in the adapter")
        })
      )
      yield* session(directory, {}, holds())
    }))

  it.live("of an older one leaves what would be there had it never happened", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(directory, {}, say("a", "b", "c", "d"))
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          const { relearned } = yield* undo("id-b")
          assert.deepStrictEqual(relearned.map(({ id }) => id), ["id-c", "id-d"])
          yield* holds("a@1", "c@1", "d@1")
        })
      )
      yield* session(directory, {}, Effect.andThen(holds("a@1", "c@1", "d@1"), say("e")))
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          yield* holds("a@1", "c@1", "d@1", "e@1")
          yield* undo("id-a")
          yield* holds("c@1", "d@1", "e@1")
          assert.include((yield* Effect.flip(undo("id-a"))).message, "undone already")
        })
      )
    }))

  it.live("lets a lesson that had nothing to teach then teach it now", () =>
    Effect.gen(function*() {
      yield* session(
        yield* folder,
        {},
        Effect.gen(function*() {
          yield* say("a", lesson("again", { correction: "a" }), "b")
          yield* undo("id-a")
          yield* holds("a@1", "b@1")
          assert.deepStrictEqual(yield* states, [["id-a", "undone"], ["again", "active"], ["id-b", "active"]])
          yield* undo("again")
          yield* holds("b@1")
        })
      )
    }))

  it.live("of a lesson that made no step changes no byte and marks it", () =>
    Effect.gen(function*() {
      yield* session(
        yield* folder,
        {},
        Effect.gen(function*() {
          yield* say("a", lesson("again", { correction: "a" }), "b")
          yield* undo("again")
          yield* holds("a@1", "b@1")
          assert.deepStrictEqual(yield* states, [["id-a", "active"], ["again", "undone"], ["id-b", "active"]])
        })
      )
    }))

  it.live("takes the approved retry that followed with it", () =>
    Effect.gen(function*() {
      yield* session(
        yield* folder,
        {},
        Effect.gen(function*() {
          yield* say("a", lesson("retry", { kind: "retry", parent: "id-a", correction: "a, done" }), "b")
          const { lessons } = yield* undo("id-a")
          assert.deepStrictEqual(lessons.map(({ id }) => id), ["id-a", "retry"])
          yield* holds("b@1")
        })
      )
    }))

  it.live("learns later lessons with the settings each of them had, and the seed of the beginning", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(directory, { rate: 1, seed: 3 }, say("a", "b"))
      yield* session(directory, { rate: 2 }, say("c"))
      yield* session(
        directory,
        { rate: 9, seed: 8 },
        Effect.gen(function*() {
          yield* undo("id-a")
          yield* holds("b@1", "c@2")
          assert.strictEqual(chainOf(yield* bytes).seed, 3)
        })
      )
    }))

  it.live("rehearses with later lessons what would have been rehearsed, and a replay what was", () =>
    Effect.gen(function*() {
      const at = (correction: string, time: number) => lesson(`id-${correction}`, { correction, at: time })
      const approve = (text: string, time: number) =>
        FeedbackStore.use((store) =>
          store.keepApproved({
            id: text,
            at: time,
            sessionId: "s1",
            task: "t",
            call: lesson("x").call,
            attempt: { text, promptIds: [1], ids: fakeTokenizer.encode(text), logProbs: [] },
            modelIdentity: "model-a",
            adapterRevision: 0
          })
        )
      const said = (...corrections: ReadonlyArray<string>) =>
        Effect.gen(function*() {
          yield* approve("ok1", 5)
          for (const correction of corrections) {
            yield* say(at(correction, 10 * (1 + "abcd".indexOf(correction))))
            if (correction === "a") yield* approve("ok2", 15)
          }
          return yield* bytes
        })
      const wanted = yield* session(yield* folder, { rehearses: 2 }, said("a", "c", "d"))
      const directory = yield* folder
      const whole = yield* session(directory, { rehearses: 2 }, said("a", "b", "c", "d"))
      assert.include(chainOf(whole).taught[2], "c@1~b")
      yield* session(
        directory,
        { rehearses: 2 },
        Effect.gen(function*() {
          yield* replay
          assert.deepStrictEqual(yield* bytes, whole)
        })
      )
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          yield* undo("id-b")
          assert.deepStrictEqual(yield* bytes, wanted)
          yield* replay
          yield* holds("a@1", "c@1", "d@1")
        })
      )
    }))

  it.live("of any lesson is exact however many snapshots were dropped, and those stay within the bound", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const names = Array.from({ length: 70 }, (_, index) => `l${index}`)
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          yield* say(...names)
          const store = yield* FeedbackStore
          const { info } = yield* LoraBackend
          const adapter = { modelIdentity: info.modelIdentity, shape: adapterShape(info) }
          let left = names
          for (const at of [0, 33, 12, 65, 40, 1, 60, 20]) {
            assert.isAtMost((yield* store.snapshots(adapter)).length, keptAtMost(left.length))
            yield* undo(`id-${left[at]}`)
            left = left.filter((_, index) => index !== at)
            yield* holds(...left.map((name) => `${name}@1`))
          }
        })
      )
    }))

  it.live("that fails or is interrupted leaves the old adapter in force, in memory and in the ledger", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(directory, {}, say("a", "b", "c"))
      yield* session(
        directory,
        { failsAt: "c" },
        Effect.gen(function*() {
          const error = yield* Effect.flip(undo("id-a"))
          assert.match(
            error.message,
            /Lesson id-c \(c\) could not be learned anew: the loss is not finite\..*as before/
          )
          yield* holds("a@1", "b@1", "c@1")
        })
      )
      yield* session(
        directory,
        { hangsAt: "c" },
        Effect.gen(function*() {
          const started = yield* Deferred.make<void>()
          const watch = ({ done }: { done: number }) => done === 1 ? Deferred.succeed(started, undefined) : Effect.void
          const running = yield* Effect.forkChild(Lessons.use((lessons) => lessons.replay(watch)))
          yield* Deferred.await(started)
          yield* Fiber.interrupt(running)
          yield* holds("a@1", "b@1", "c@1")
        })
      )
      yield* session(directory, {}, holds("a@1", "b@1", "c@1"))
    }))

  it.live("names ids that are not there, not clear, or of another adapter", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(directory, { rank: 8 }, say("eight"))
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          yield* say("a", "b")
          const problem = (id: string) => Effect.map(Effect.flip(undo(id)), ({ message }) => message)
          assert.match(yield* problem("zz"), /no lesson "zz".*continualcode lessons/)
          assert.match(yield* problem("id-"), /3 lessons begin with id-: .*\(a\).*Write more/)
          assert.match(yield* problem("id-eight"), /adapter with rank 8.*lora_rank/)
          yield* holds("a@1", "b@1")
        })
      )
    }))
})

describe("a rebuilt adapter", () => {
  /** Approved calls that stay as they are only while `a` is in the adapter. */
  const dependent = overriding(chainBackend(), (real) => ({
    score: () =>
      Effect.map(real.snapshot, (saved) => ({
        logProbs: chainOf(saved).taught.some((text) => text.startsWith("a@")) ? [-0.1, -0.1] : [-5, -5]
      }))
  }))
  const guard = { canaries: 4, canaryKl: 0.25, validity: 0.75, stepNorm: 0 }
  const approved = (tool: string) =>
    FeedbackStore.use((store) =>
      store.keepApproved({
        id: `turn-${tool}`,
        at: 0,
        sessionId: "s",
        task: "look",
        call: call(tool, { path: "a.js" }),
        attempt: { text: "call", promptIds: [1], ids: [2, 3], logProbs: [-0.1, -0.1] },
        modelIdentity: "model-a",
        adapterRevision: 0
      })
    )

  it.live("is looked at with approved calls; outside the guard's limits it stays, and that is said", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const setting = { guard, backend: dependent }
      yield* session(directory, setting, Effect.andThen(approved("read"), say("a", "b")))
      const undone = yield* session(directory, setting, undo("id-a"))
      assert.deepStrictEqual([undone.approved?.count, undone.approved?.tokens], [1, 2])
      assert.match(
        undone.warning ?? "",
        /1 call you approved before changed by 3\.91 .*guard_canary_kl=0\.25\. .*probe/
      )
      const replayed = yield* session(directory, setting, Effect.andThen(say("c"), replay))
      assert.deepStrictEqual([replayed.approved?.kl, replayed.warning], [0, undefined])
      yield* session(directory, setting, holds("b@1", "c@1"))
    }))

  it.live("is not looked at when nothing was learned anew, nor at calls that the undone lesson was about", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const setting = { guard, backend: dependent }
      yield* session(directory, setting, Effect.andThen(approved("write"), say("a", "b")))
      assert.hasAllKeys(yield* session(directory, setting, undo("id-a")), ["lessons", "relearned", "revision"])
      yield* session(directory, setting, approved("read"))
      assert.hasAllKeys(yield* session(directory, setting, undo()), ["lessons", "relearned", "revision"])
    }))
})

describe("forget", () => {
  const secretly = "prefer the purple pipeline"
  const ids = fakeTokenizer.encode(secretly)

  /** Everything in the folder's files, as bytes. */
  const contents = (directory: string): Buffer =>
    Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name))))

  it.live("undoes a lesson and leaves nothing of what it said in the ledger's files", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          const store = yield* FeedbackStore
          yield* store.append({
            _tag: "SessionStarted",
            sessionId: "s1",
            workspace: "/w",
            model: "m",
            trainer: "t",
            objective: "o",
            training: true,
            sandbox: "none",
            revision: 0
          })
          const call = { id: "call-7", tool: "bash", arguments: { command: "purple run" } }
          yield* store.append({ _tag: "CallProposed", call, retry: false })
          yield* store.append({ _tag: "VerdictGiven", call, verdict: { _tag: "Deny", correction: secretly } })
          const attempt = {
            text: "purple run",
            promptIds: [1],
            ids: [...ids],
            logProbs: ids.map(() => -0.5)
          }
          const told = lesson("told", {
            correction: secretly,
            call,
            attempt,
            conversation: [{ _tag: "Note", text: "purple" }]
          })
          yield* store.append({ _tag: "LearningStarted", lesson: told })
          yield* say("a", told)
          yield* store.keepApproved({
            id: "turn",
            at: told.at + 1,
            sessionId: "s1",
            task: "t",
            call,
            attempt: { ...attempt, promptIds: [...ids] },
            modelIdentity: "model-a",
            adapterRevision: 1
          })
          yield* say("b", lesson("later", { teacherPromptIds: [...ids] }))
          const answer = { id: "p", source: "lesson", task: "t", answer: "purple run", violated: true } as const
          const run = { at: 1, revision: 1, modelIdentity: "model-a" }
          yield* store.append({ _tag: "ProbesRun", run: { ...run, answers: [{ ...answer, lessonId: "told" }] } })
          yield* store.append({ _tag: "ProbesRun", run: { ...run, answers: [] } })
          assert.isTrue(contents(directory).includes("purple"))
          const { lessons, quotedBy } = yield* forget("told")
          assert.deepStrictEqual(lessons.map(({ id, lesson: left, state }) => [id, state, left]), [
            ["told", "forgotten", undefined]
          ])
          assert.deepStrictEqual(quotedBy.map(({ id }) => id), ["later"])
          yield* holds("a@1", "b@1", "use edit_lines@1")
          yield* forget("later")
          assert.deepStrictEqual(yield* states, [
            ["id-a", "active"],
            ["told", "forgotten"],
            ["id-b", "active"],
            ["later", "forgotten"]
          ])
          assert.deepStrictEqual(yield* store.probeRuns, [{ ...run, answers: [] }])
          assert.strictEqual((yield* store.approvedTurns({ modelIdentity: "model-a", limit: 9 })).length, 0)
        })
      )
      const left = contents(directory)
      assert.isFalse(left.includes("purple"))
      assert.isFalse(left.includes(ids.join(",")))
      assert.isTrue(left.includes("told"))
    }))

  it.live("works on a lesson that was undone before, once", () =>
    Effect.gen(function*() {
      yield* session(
        yield* folder,
        {},
        Effect.gen(function*() {
          yield* say("a", "b")
          yield* undo("id-a")
          yield* forget("id-a")
          yield* holds("b@1")
          assert.deepStrictEqual(yield* states, [["id-a", "forgotten"], ["id-b", "active"]])
          assert.include((yield* Effect.flip(forget("id-a"))).message, "forgotten already")
          assert.include((yield* Effect.flip(undo("id-a"))).message, "forgotten already")
        })
      )
    }))
})

describe("replay", () => {
  it.live("rebuilds the same bytes from the ledger alone, also after undoing", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(directory, { seed: 5 }, say("a", "b", "c", lesson("again", { correction: "a" })))
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          yield* undo("id-b")
          const before = yield* bytes
          const done: Array<string> = []
          const { lessons } = yield* Lessons.use((service) =>
            service.replay(({ done: count, entry, total }) =>
              Effect.sync(() => void done.push(`${count}/${total} ${entry.id}`))
            )
          )
          assert.deepStrictEqual(yield* bytes, before)
          assert.deepStrictEqual(done, ["0/3 id-a", "1/3 id-c", "2/3 again"])
          assert.deepStrictEqual(lessons.map(({ id, state }) => [id, state]), [
            ["id-a", "active"],
            ["id-c", "active"],
            ["again", "skipped"]
          ])
        })
      )
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* bytes, chainBytes({ seed: 5, taught: ["a@1", "c@1"] }))
        })
      )
    }))

  it.live("takes the settings and the adapter shape of now, and undo is exact after it", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(directory, { rate: 1 }, say("a", "b", "c"))
      yield* session(
        directory,
        { rate: 7, rank: 8 },
        Effect.gen(function*() {
          yield* holds()
          yield* replay
          yield* holds("a@7", "b@7", "c@7")
        })
      )
      yield* session(
        directory,
        { rate: 3, rank: 8 },
        Effect.gen(function*() {
          yield* undo("id-a")
          yield* holds("b@7", "c@7")
        })
      )
      yield* session(directory, { rate: 1 }, holds())
    }))
})

describe("import", () => {
  it.live("learns lessons that are new and leaves known ones alone", () =>
    Effect.gen(function*() {
      yield* session(
        yield* folder,
        {},
        Effect.gen(function*() {
          yield* say("a")
          const { importLessons } = yield* Lessons
          const from = [lesson("id-a", { correction: "a" }), lesson("new", { correction: "n" })]
          const { known, learned } = yield* importLessons(from, "friend.jsonl", quiet)
          assert.deepStrictEqual([known, learned.map(({ id, state }) => [id, state])], [["id-a"], [["new", "active"]]])
          yield* holds("a@1", "n@1")
          const foreign = yield* Effect.flip(
            importLessons([lesson("x", { modelIdentity: "model-b" })], "friend.jsonl", quiet)
          )
          assert.match(foreign.message, /friend.jsonl was made with the model model-b.*Nothing was imported/)
        })
      )
    }))

  it.live("of weights makes them the beginning that undo and replay go back to", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          const { startFromPeft, startFromSnapshot } = yield* Lessons
          const broken = yield* Effect.flip(startFromPeft("broken", "broken"))
          assert.match(broken.message, /could not be imported: there is no adapter_config.json/)
          yield* holds()
          const other = yield* Effect.flip(
            startFromSnapshot(
              { revision: 1, modelIdentity: "model-b", shape: "rank 1", bytes: new Uint8Array() },
              "yours"
            )
          )
          assert.match(other.message, /yours belongs to the model model-b and has rank 1.*Choose the same model_name/)
          yield* startFromPeft("theirs", "theirs")
          yield* holds("theirs")
        })
      )
      yield* session(
        directory,
        {},
        Effect.gen(function*() {
          yield* holds("theirs")
          yield* say("a", "b")
          const refused = yield* Effect.flip(Lessons.use((lessons) => lessons.startFromPeft("theirs", "theirs")))
          assert.include(refused.message, "adapters create NAME")
          yield* undo("id-a")
          yield* holds("theirs", "b@1")
          yield* replay
          yield* holds("theirs", "b@1")
          yield* undo()
          yield* holds("theirs")
        })
      )
      yield* session(directory, {}, holds("theirs"))
    }))
})
