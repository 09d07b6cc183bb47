import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

/** What a job is doing. `status` is told in words, `output` as the model is to see it. */
export interface JobView {
  readonly running: boolean
  readonly status: string
  readonly output: string
}

/** A command that runs in the background until it ends, is stopped, or the session ends. */
export interface Job {
  readonly id: string
  readonly command: string
  readonly look: Effect.Effect<JobView>
  readonly stop: Effect.Effect<void>
}

/** The background jobs of one session. */
export class Jobs extends Context.Service<Jobs, {
  /** Starts a job. Closing the scope that `start` runs in ends all its processes; what it gives tells how the job is doing. */
  readonly start: <E, R>(
    command: string,
    start: Effect.Effect<Effect.Effect<JobView>, E, R>
  ) => Effect.Effect<Job, E, Exclude<R, Scope.Scope>>
  /** Oldest first, ended ones included. */
  readonly all: Effect.Effect<ReadonlyArray<Job>>
  /** Ends what still runs and gives those jobs. */
  readonly end: Effect.Effect<ReadonlyArray<Job>>
}>()("continualcode/Jobs") {
  static readonly layer: Layer.Layer<Jobs> = Layer.effect(
    Jobs,
    Effect.gen(function*() {
      const session = yield* Effect.scope
      const jobs: Array<Job> = []
      const end = Effect.suspend(() =>
        Effect.filter(jobs, (job) => Effect.map(job.look, ({ running }) => running)).pipe(
          Effect.tap(Effect.forEach((job) => job.stop, { concurrency: "unbounded" }))
        )
      )
      return Jobs.of({
        start: (command, start) =>
          Effect.uninterruptibleMask((restore) =>
            Effect.gen(function*() {
              const scope = yield* Scope.fork(session)
              const look = yield* restore(Scope.provide(start, scope)).pipe(
                Effect.onError(() => Scope.close(scope, Exit.void))
              )
              const job: Job = { id: `job-${jobs.length + 1}`, command, look, stop: Scope.close(scope, Exit.void) }
              jobs.push(job)
              return job
            })
          ),
        all: Effect.sync(() => [...jobs]),
        end
      })
    })
  )
}
