import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { Buffer } from "node:buffer"
import { type RunEnding, type Runner, type RunnerCommand, RunnerError, type RunOutcome } from "../../core/Runner.ts"
import { DRAIN_SECONDS } from "../common/Limits.ts"
import { endingOf } from "./Ending.ts"
import { endProcesses, findProcesses } from "./EndProcesses.ts"
import { MARK, type Mark, startOf, usageOf } from "./Processes.ts"

const SECONDS = 60
const OUTPUT = 1_048_576
/** Between two looks at what the processes use up. */
const LOOK = Duration.millis(25)
/** What a runner that ends all processes itself starts besides the program. */
const OWN_PROCESSES = 2

const over = (limit: Extract<RunEnding, { readonly _tag: "Limit" }>["limit"]): RunEnding => ({ _tag: "Limit", limit })

/** How a runner that contains commands so runs programs under their limits. */
export const runWith = Effect.fnUntraced(function*({ contain, holds }: Pick<Runner["Service"], "contain" | "holds">) {
  const services = yield* Effect.context<ChildProcessSpawner | FileSystem.FileSystem>()

  return Effect.fn("Runner.run")(
    function*(command: RunnerCommand, input?: string) {
      const { memory, output = OUTPUT, processes, seconds = SECONDS } = command.limits ?? {}
      const start = yield* Clock.currentTimeMillis
      const id = yield* Effect.sync(() => globalThis.crypto.randomUUID())
      const contained = yield* contain({ ...command, env: { ...command.env, [MARK]: id } })
      const [program, ...args] = contained.argv
      const stdin = input === undefined ? "ignore" : Stream.make(new TextEncoder().encode(input))
      const handle = yield* ChildProcess.make(program, args, {
        cwd: contained.cwd,
        env: contained.env,
        extendEnv: false,
        stdin
      }).pipe(Effect.mapError((cause) =>
        new RunnerError({
          reason: "Command",
          message:
            `${program} could not be started (${cause.reason._tag}). Install it, or check its name and its folder.`,
          cause
        })
      ))
      const mark: Mark = { pid: handle.pid, since: startOf(handle.pid), variable: `${MARK}=${id}`, file: undefined }
      yield* Effect.addFinalizer(() => endProcesses(mark, "kill"))

      const tooMuch = yield* Deferred.make<RunEnding>()
      let written = 0
      const collect = (stream: typeof handle.stdout, into: Array<Uint8Array>) =>
        stream.pipe(
          Stream.runForEach((chunk) => {
            const part = chunk.subarray(0, Math.max(0, output - written))
            written += chunk.length
            if (part.length > 0) into.push(part)
            return written > output ? Deferred.succeed(tooMuch, over("output")) : Effect.void
          }),
          Effect.ignore,
          Effect.forkScoped({ startImmediately: true })
        )
      const [stdout, stderr]: [Array<Uint8Array>, Array<Uint8Array>] = [[], []]
      const reading = [yield* collect(handle.stdout, stdout), yield* collect(handle.stderr, stderr)]

      const watch = Effect.gen(function*() {
        for (;;) {
          yield* Effect.sleep(LOOK)
          const usage = usageOf(yield* findProcesses(mark, []))
          const threads = usage.threads - (holds.processes ? OWN_PROCESSES : 0)
          if (processes !== undefined && threads > processes) return over("processes")
          if (memory !== undefined && usage.memory > memory) return over("memory")
        }
      })
      const ended = Effect.tap(
        endingOf(handle),
        () => Effect.timeoutOption(Fiber.awaitAll(reading), Duration.seconds(DRAIN_SECONDS))
      )
      const ending = yield* Effect.raceAllFirst([
        ended,
        Deferred.await(tooMuch),
        Effect.as(Effect.sleep(Duration.seconds(seconds)), over("seconds")),
        ...(memory === undefined && processes === undefined ? [] : [watch])
      ])
      yield* endProcesses(mark, "kill")
      yield* Effect.timeoutOption(Fiber.awaitAll(reading), Duration.seconds(DRAIN_SECONDS))
      const said = { stdout: Buffer.concat(stdout).toString("utf8"), stderr: Buffer.concat(stderr).toString("utf8") }
      const refusal = contained.refusal({
        code: ending._tag === "Exit" ? ending.code : undefined,
        output: said.stdout + said.stderr
      })
      const outcome: RunOutcome = {
        ending,
        ...said,
        seconds: ((yield* Clock.currentTimeMillis) - start) / 1000,
        ...(refusal === undefined ? {} : { refusal })
      }
      return outcome
    },
    Effect.scoped,
    Effect.provideContext(services)
  )
})
