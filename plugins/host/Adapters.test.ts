import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { defineAgent } from "../../core/defineAgent.ts"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { LearningSwitch } from "../../core/LearningSwitch.ts"
import { lesson, stepped } from "../../test/helpers/Lessons.ts"
import { openDatabase } from "../ledger/Database.ts"
import { ledger } from "../ledger/index.ts"
import { adapterNames, copyAdapter, createAdapter, deleteAdapter, switchAdapter } from "./Adapters.ts"
import { prepareLaunch } from "./Launch.ts"
import { learningSwitch } from "./ProjectState.ts"

/** An empty project. */
const project = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const directory = yield* files.realPath(yield* files.makeTempDirectoryScoped())
  const launched = (...keys: ReadonlyArray<string>) =>
    prepareLaunch(defineAgent({ settings: { enable_training: true } }), {
      keys,
      directory,
      output: "text",
      interactive: false
    })
  return { state: `${directory}/.continualcode`, launched }
})

const learnIn = (directory: string, id: string) =>
  FeedbackStore.use((store) =>
    store.commitLesson({
      lesson: lesson(id),
      outcome: stepped(id, 1),
      snapshot: { revision: 1, modelIdentity: "model-a", shape: "rank 16", bytes: Uint8Array.from([1]) }
    })
  ).pipe(Effect.provide(Layer.fresh(ledger(directory))))

const lessonsIn = (directory: string) =>
  FeedbackStore.use(({ lessons }) => Effect.map(lessons, (all) => all.map((one) => one.lesson.id))).pipe(
    Effect.provide(Layer.fresh(ledger(directory)))
  )

const nothing = () => Effect.void

layer(NodeServices.layer)("adapters of a project", (it) => {
  it.effect("begin with main and are made, copied, switched to and deleted, each with its own lessons", () =>
    Effect.gen(function*() {
      const { launched, state } = yield* project
      const main = yield* launched()
      assert.deepStrictEqual([main.adapter, main.stateDirectory, main.projectState], ["main", state, state])
      yield* learnIn(state, "first")

      yield* createAdapter(state, "empty", nothing)
      yield* copyAdapter(state, "main", "copy")
      assert.deepStrictEqual(yield* adapterNames(state), ["main", "copy", "empty"])
      const copy = yield* launched("adapter=copy")
      assert.deepStrictEqual([copy.adapter, copy.stateDirectory, copy.projectState], [
        "copy",
        `${state}/adapters/copy`,
        state
      ])
      yield* learnIn(copy.stateDirectory, "second")
      assert.deepStrictEqual(yield* lessonsIn(copy.stateDirectory), ["first", "second"])
      assert.deepStrictEqual(yield* lessonsIn(state), ["first"])
      assert.deepStrictEqual(yield* lessonsIn(`${state}/adapters/empty`), [])

      yield* switchAdapter(state, "copy")
      assert.strictEqual((yield* launched()).adapter, "copy")
      assert.strictEqual((yield* launched("adapter=main")).adapter, "main")
      assert.match((yield* Effect.flip(deleteAdapter(state, "copy", nothing))).message, /is in use. Switch/)
      yield* switchAdapter(state, "main")
      yield* deleteAdapter(state, "copy", openDatabase)
      assert.deepStrictEqual(yield* adapterNames(state), ["main", "empty"])
    }))

  it.effect("refuse names that are taken, unknown or no names, and leave nothing half made", () =>
    Effect.gen(function*() {
      const { launched, state } = yield* project
      const problem = <A, R>(work: Effect.Effect<A, { message: string }, R>) =>
        Effect.map(Effect.flip(work), (e) => e.message)
      yield* createAdapter(state, "tests", nothing)
      assert.match(yield* problem(createAdapter(state, "tests", nothing)), /adapter tests already/)
      assert.match(yield* problem(createAdapter(state, "main", nothing)), /adapter main already/)
      for (const name of ["../up", ".hidden", "", "a/b", "a b"]) {
        assert.match(yield* problem(createAdapter(state, name, nothing)), /cannot be the name of an adapter/)
      }
      assert.match(
        yield* problem(launched("adapter=test")),
        /no adapter test .*Did you mean tests\? There are: main, tests/
      )
      assert.match(yield* problem(switchAdapter(state, "x")), /no adapter x/)
      assert.match(yield* problem(deleteAdapter(state, "main", nothing)), /cannot be deleted/)
      const failing = createAdapter(state, "half", () => Effect.fail({ message: "no space" }))
      assert.strictEqual(yield* problem(failing), "no space")
      assert.deepStrictEqual(yield* adapterNames(state), ["main", "tests"])
    }))

  it.effect("cannot be made or switched, nor learning be turned off, where nothing can be written, and say what to do", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const { state } = yield* project
      // A file where the folder should be: also the superuser, whom permissions do not stop, cannot write below it.
      yield* files.writeFileString(state, "")
      const place = `${state}/deep`
      const { choose } = yield* LearningSwitch.pipe(Effect.provide(learningSwitch(place)))
      const remedy =
        "cannot be written. This process may not write there: mend the folder's permissions, or give another "
        + "one with state_dir=PATH."
      const creating = yield* Effect.flip(createAdapter(place, "more", nothing))
      assert.strictEqual(creating.message, `${place}/adapters/more ${remedy}`)
      const switching = yield* Effect.flip(switchAdapter(place, "main"))
      assert.strictEqual(switching.message, `${place}/project.json ${remedy}`)
      const choosing = yield* Effect.flip(choose(false))
      assert.strictEqual(choosing.message, `The choice could not be kept: ${place}/project.json ${remedy}`)
    }))

  it.effect("lie in a folder that git does not see, whatever made it; one that was there is left alone", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const { state } = yield* project
      const ways = {
        choice: (folder: string) =>
          Effect.flatMap(LearningSwitch, ({ choose }) => choose(false)).pipe(
            Effect.provide(learningSwitch(folder))
          ),
        adapter: (folder: string) => createAdapter(folder, "other", nothing),
        ledger: (folder: string) => Effect.scoped(openDatabase(folder))
      }
      const hidden = (folder: string) =>
        files.readFileString(`${folder}/.gitignore`).pipe(Effect.orElseSucceed(() => "seen"))
      for (const [way, make] of Object.entries(ways)) {
        for (const parent of [`${state}-${way}`, `${state}-${way}/deep`]) {
          yield* make(parent)
          yield* Effect.scoped(openDatabase(parent))
          assert.strictEqual(yield* hidden(parent), "*\n", parent)
        }
        const given = `${state}-given-${way}`
        yield* files.makeDirectory(given)
        yield* make(given)
        assert.strictEqual(yield* hidden(given), "seen", given)
        yield* files.makeDirectory(`${given}/.continualcode`)
        yield* make(`${given}/.continualcode`)
        assert.strictEqual(yield* hidden(`${given}/.continualcode`), "*\n", way)
      }
      assert.strictEqual(yield* hidden(`${state}-given-adapter/adapters/other`), "*\n")
    }))

  it.effect("cannot be copied or deleted while somebody works with them", () =>
    Effect.gen(function*() {
      const { state } = yield* project
      yield* createAdapter(state, "busy", nothing)
      yield* Layer.build(ledger(`${state}/adapters/busy`))
      const copying = yield* Effect.flip(copyAdapter(state, "busy", "copy"))
      assert.include(copying.message, "works with the state folder")
      const deleting = yield* Effect.flip(deleteAdapter(state, "busy", openDatabase))
      assert.include(deleting.message, "works with the state folder")
      assert.deepStrictEqual(yield* adapterNames(state), ["main", "busy"])
    }))

  it.effect("learn as the project says, unless the command says otherwise", () =>
    Effect.gen(function*() {
      const { launched, state } = yield* project
      const { choose, chosen } = yield* LearningSwitch.pipe(Effect.provide(learningSwitch(state)))
      const ways = (...keys: ReadonlyArray<string>) =>
        Effect.map(launched(...keys), ({ settings }) => settings.enable_training)
      assert.deepStrictEqual([yield* chosen, yield* ways()], [undefined, true])
      yield* choose(false)
      assert.deepStrictEqual([yield* chosen, yield* ways()], [false, false])
      assert.deepStrictEqual(yield* ways("enable_training=true"), true)
      yield* choose(true)
      assert.deepStrictEqual([yield* chosen, yield* ways()], [true, true])
      assert.deepStrictEqual(yield* ways("enable_training=false"), false)
      yield* switchAdapter(state, "main")
      assert.deepStrictEqual(yield* ways(), true)
      const files = yield* FileSystem.FileSystem
      yield* files.writeFileString(`${state}/project.json`, "{")
      assert.match((yield* Effect.flip(launched())).message, /project.json is not as continualcode wrote it/)
    }))
})
