import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineTool } from "../../core/defineTool.ts"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import { type Job, Jobs } from "../../core/Jobs.ts"
import { describeFrom } from "../common/Description.ts"
import { refuse, refused, succeeded } from "../common/Outcome.ts"

const Parameters = Schema.Struct({
  action: Schema.Literals(["list", "read", "stop"]).annotate({ description: "What to do" }),
  job: Schema.optionalKey(Schema.String.annotate({ description: "Which job, such as job-1; not for list" }))
})

const line = (job: Job) => Effect.map(job.look, ({ status }) => `${job.id}  ${status}  ${job.command}`)

const list = (jobs: ReadonlyArray<Job>) =>
  Effect.map(
    Effect.forEach(jobs, line),
    (lines): ToolResult => succeeded(lines.length === 0 ? "There are no background jobs." : lines.join("\n"))
  )

const show = Effect.fnUntraced(function*(job: Job) {
  const { output } = yield* job.look
  return succeeded(`${output === "" ? "(no output)" : output}\n(${yield* line(job)})`)
})

const carryOut = Effect.fn("tool.jobs")(function*({ action, job: id }: typeof Parameters.Type) {
  const jobs = yield* Effect.flatMap(Jobs, ({ all }) => all)
  if (action === "list") return yield* list(jobs)
  const job = jobs.find((each) => each.id === id)
  if (job === undefined) {
    const known = jobs.length === 0 ? "there are none" : `there are ${jobs.map((each) => each.id).join(", ")}`
    return yield* refuse(id === undefined ? `${action} needs job; ${known}` : `there is no job ${id}; ${known}`)
  }
  if (action === "stop") yield* job.stop
  return yield* show(job)
})

/** Lists, shows and stops what runs in the background. */
export const jobs = defineTool({
  name: "jobs",
  summary: "Look at background jobs.",
  description: describeFrom(import.meta.url),
  parameters: Parameters,
  fullOnly: true,
  needs: () => [],
  run: (parameters) =>
    carryOut(parameters).pipe(Effect.catchTag("Refusal", (refusal) => Effect.succeed(refused(refusal)))),
  preview: ({ action, job }) => {
    if (action === "list") return "List the background jobs"
    return `${action === "stop" ? "Stop" : "Show the output of"} ${job ?? "a job that is not named"}`
  }
})
