import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { kill, pid as own } from "node:process"
import * as ChildProcess from "effect/process/ChildProcess"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { GRACE_MILLISECONDS, KILL_AFTER_SECONDS } from "../common/Limits.ts"
import { type Mark, type Process, processesOf, stillLiving } from "./Processes.ts"

/** Between two looks at what still lives. */
const LOOK_MILLISECONDS = 20
/** How often what appears between killing and looking is killed again. */
const KILL_ROUNDS = 50

const hasProc = existsSync("/proc/self/stat")

const listing = Effect.gen(function*() {
  if (hasProc) return undefined
  const spawner = yield* ChildProcessSpawner
  return yield* spawner.string(ChildProcess.make("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat=,command="]))
}).pipe(Effect.orElseSucceed(() => ""))

/** The living processes of a command. */
export const findProcesses = (mark: Mark, known: ReadonlyArray<Process>) =>
  Effect.map(listing, (text) => processesOf(mark, known, own, text))

const signal = (processes: ReadonlyArray<Process>, name: "SIGTERM" | "SIGCONT" | "SIGKILL") =>
  Effect.forEach(processes, ({ pid }) => Effect.ignore(Effect.try(() => kill(pid, name))), { discard: true })

/** Looks again and again until none lives or the time is up; gives those that live. */
const outlast = Effect.fnUntraced(function*(mark: Mark, first: ReadonlyArray<Process>, wait: Duration.Duration) {
  let living = first
  for (let waited = 0; living.length > 0 && waited < Duration.toMillis(wait); waited += LOOK_MILLISECONDS) {
    yield* Effect.sleep(LOOK_MILLISECONDS)
    living = hasProc ? stillLiving(living) : yield* findProcesses(mark, living)
  }
  return yield* findProcesses(mark, living)
})

/**
 * Ends all processes of a command, whatever group or session they moved to, and gives those that had to be ended. `ask`: they are
 * asked to stop and killed `KILL_AFTER_SECONDS` later. `wait`: before that, they get a moment to end by themselves, as what a
 * command leaves behind at its end often does. `kill`: at once.
 */
export const endProcesses = Effect.fnUntraced(function*(mark: Mark, how: "wait" | "ask" | "kill") {
  const first = yield* findProcesses(mark, [])
  if (first.length === 0) return first
  const left = how === "wait" ? yield* outlast(mark, first, Duration.millis(GRACE_MILLISECONDS)) : first
  let living = left
  if (how !== "kill") {
    yield* signal(left, "SIGTERM")
    yield* signal(left, "SIGCONT")
    living = yield* outlast(mark, left, Duration.seconds(KILL_AFTER_SECONDS))
  }
  for (let round = 0; living.length > 0 && round < KILL_ROUNDS; round += 1) {
    yield* signal(living, "SIGKILL")
    yield* Effect.sleep(LOOK_MILLISECONDS)
    living = yield* findProcesses(mark, living)
  }
  return left
}, Effect.uninterruptible)
