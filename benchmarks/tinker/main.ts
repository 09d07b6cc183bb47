import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type LessonTiming, lessonTiming } from "./LessonTiming.ts"

/*
 * What a lesson waits for on a service that is 200 ms away for each call. The model behind the fake service is the pocket
 * model in this process, so its computing is in the numbers too.
 */

const LATENCY = "200 millis"

const line = ({ at, doneAt, operation }: LessonTiming["waits"][number]): string =>
  `    ${String(Math.round(at)).padStart(6)} … ${String(Math.round(doneAt)).padStart(6)} ms  ${operation}`

const report = (title: string, timing: LessonTiming): string =>
  [
    `${title}: ${timing.outcome}`,
    `  ${timing.chain} operations one after the other (${timing.calls.length} HTTP calls), ${timing.milliseconds} ms`,
    `  ${timing.untilNewWeights} HTTP calls in a row until the new weights could be sampled, ${timing.untilRetry} until the next try`,
    `  tokens: ${timing.tokens.prefill} read, ${timing.tokens.sampled} sampled, ${timing.tokens.trained} trained on`,
    ...timing.waits.map(line),
    "  the HTTP calls that waited for each other:",
    ...timing.calls.map(({ at, doneAt, what }) => line({ at, doneAt, operation: what }))
  ].join("\n")

const program = Effect.gen(function*() {
  // Once without being timed, so that nothing is compiled for the first time in what is shown.
  yield* lessonTiming({ latency: 0 })
  for (const submission of ["overlapped", "turns"] as const) {
    for (const temperature of [1, 0]) {
      const timing = yield* lessonTiming({ latency: LATENCY, submission, temperature })
      yield* Console.log(report(`one update, requests ${submission}, temperature=${temperature}`, timing))
    }
  }
})

await Effect.runPromise(program)
