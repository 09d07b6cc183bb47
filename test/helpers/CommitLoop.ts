/**
 * Commits lessons to the ledger in argv[2], undoes, forgets and replays them, at random from the seed in argv[3], until it is
 * killed. After each operation it writes what the adapter was taught by then, as a line of JSON, to standard output.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeSync } from "node:fs"
import { lessons } from "../../core/lessons/Layer.ts"
import { Learner } from "../../core/Learner.ts"
import { Lessons } from "../../core/Lessons.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { ledger } from "../../plugins/ledger/index.ts"
import { chainBackend, chainOf, chainTrainer } from "./ChainBackend.ts"
import { lesson } from "./Lessons.ts"

/** About so many lessons are in the adapter at a time: enough for old snapshots to go, few enough to replay quickly. */
const LIVE = 24

const quiet = () => Effect.void

/** The services of a start on this ledger, the adapter not yet resumed. */
export const chainServices = (directory: string, backend = chainBackend()) =>
  lessons().pipe(
    Layer.provideMerge(Learner.layer({ training: true, saveEvery: 0, exportsDirectory: directory })),
    Layer.provideMerge(chainTrainer()),
    Layer.provideMerge(Layer.mergeAll(backend, ledger(directory)))
  )

const operateForever = Effect.fnUntraced(function*(seed: number) {
  const { forget, list, replay, undo } = yield* Lessons
  const { learn, resume } = yield* Learner
  const { snapshot } = yield* LoraBackend
  let state = seed
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  yield* resume
  let count = (yield* list).length
  while (true) {
    const active = (yield* list).filter((entry) => entry.state === "active")
    const roll = random() * (LIVE / Math.max(1, active.length))
    const any = active[Math.floor(random() * active.length)]
    if (any === undefined || roll > 0.6) {
      const id = `l${++count}`
      yield* learn(lesson(id, { correction: id }), { progress: quiet, finished: quiet })
    } else if (roll > 0.35) yield* undo(undefined, quiet)
    else if (roll > 0.12) yield* undo(any.id, quiet)
    else if (roll > 0.05) yield* replay(quiet)
    else yield* forget(any.id, quiet)
    writeSync(1, `${JSON.stringify(chainOf(yield* snapshot).taught)}\n`)
  }
})

const [, script, directory, seed] = process.argv
if (directory !== undefined && script?.endsWith("CommitLoop.ts")) {
  await Effect.runPromise(operateForever(Number(seed)).pipe(Effect.provide(chainServices(directory))))
}
