import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import { Jobs, type JobView } from "../../core/Jobs.ts"
import { type Ending, launch } from "./Launch.ts"

const told = (ending: Ending): string => {
  switch (ending._tag) {
    case "Exit":
      return `ended with exit code ${ending.code}`
    case "Signal":
      return `killed by ${ending.name}`
    case "TimeOut":
      return `stopped after ${ending.limit}`
  }
}

/** Starts a command that goes on while the conversation does. It ends with the session at the latest. */
export const startJob = Effect.fn("tool.bash.background")(function*(command: string, cwd: string) {
  const jobs = yield* Jobs
  const job = yield* jobs.start(
    command,
    Effect.gen(function*() {
      const { ending, finish, output } = yield* launch(command, cwd)
      const ended = yield* Deferred.make<string>()
      yield* ending.pipe(
        Effect.tap(() => finish(true)),
        Effect.flatMap((how) => Deferred.succeed(ended, told(how))),
        Effect.forkScoped({ startImmediately: true })
      )
      yield* Effect.addFinalizer(() => Deferred.succeed(ended, "stopped"))
      const look = Effect.gen(function*() {
        const done = yield* Deferred.isDone(ended)
        const view: JobView = {
          running: !done,
          status: done ? yield* Deferred.await(ended) : "running",
          output: output.text().trimEnd()
        }
        return view
      })
      return look
    })
  )
  return {
    output: `Started ${job.id} in the background: ${command}\nLook at it with jobs; it ends with the session.`,
    success: true,
    meta: { job: job.id }
  } satisfies ToolResult
})
