import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expectedSeconds } from "./Plan.ts"
import { Finished, type Unit } from "./Unit.ts"

/** A process of the benchmark ended before its work was done. */
export class PoolError extends Schema.TaggedError<PoolError>()("PoolError", { message: Schema.String }) {}

interface PoolOptions {
  readonly workers: number
  readonly modelDirectory: string | undefined
  /** Called with each result as it comes; what it keeps is not run again. */
  readonly keep: (finished: Finished) => Effect.Effect<void>
  readonly say: (line: string) => Effect.Effect<void>
}

const start = (modelDirectory: string | undefined) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      fork(fileURLToPath(new URL("Worker.ts", import.meta.url)), modelDirectory === undefined ? [] : [modelDirectory], {
        stdio: ["ignore", "inherit", "inherit", "ipc"]
      })
    ),
    (worker) =>
      Effect.callback<void>((resume) => {
        if (worker.exitCode !== null || worker.signalCode !== null) return resume(Effect.void)
        worker.once("exit", () => resume(Effect.void))
        if (worker.connected) worker.disconnect()
      })
  )

const run = (worker: ChildProcess, unit: Unit) =>
  Effect.callback<Finished, PoolError>((resume) => {
    const lost = () =>
      resume(Effect.fail(
        new PoolError({
          message: `The process that ran "${unit.id}" ended. Run the command again; it goes on from here.`
        })
      ))
    worker.once("exit", lost)
    worker.once("message", (message) => {
      worker.off("exit", lost)
      resume(Schema.decodeUnknownEffect(Finished)(message).pipe(Effect.orDie))
    })
    worker.send(unit)
  })

const minutes = (seconds: number): string => `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} min`

/** Runs units on worker processes, in order, and says how far it is. */
export const runPool = Effect.fnUntraced(function*(units: ReadonlyArray<Unit>, options: PoolOptions) {
  const startedAt = yield* Clock.currentTimeMillis
  const expected = units.reduce((sum, unit) => sum + expectedSeconds(unit), 0)
  let next = 0
  let finished = 0
  let expectedDone = 0
  const lane = Effect.gen(function*() {
    const worker = yield* start(options.modelDirectory)
    while (next < units.length) {
      const unit = units[next++]!
      const done = yield* run(worker, unit)
      yield* options.keep(done)
      finished++
      expectedDone += expectedSeconds(unit)
      const spent = ((yield* Clock.currentTimeMillis) - startedAt) / 1000
      const left = spent * (expected - expectedDone) / expectedDone
      yield* options.say(
        `${finished}/${units.length}  ${done.cpuSeconds.toFixed(1).padStart(5)} s  ${minutes(left)} left  ${unit.id}`
      )
    }
  }).pipe(Effect.scoped)
  yield* Effect.forEach(
    Array.from({ length: Math.min(options.workers, units.length) }),
    () => lane,
    { concurrency: "unbounded", discard: true }
  )
})
