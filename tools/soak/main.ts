import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Workspace } from "../../core/Workspace.ts"
import { inProject } from "../testing/TempProject.ts"
import { makeDraw } from "./Draw.ts"
import { malformed } from "./Malformed.ts"
import { randomCalls } from "./RandomCalls.ts"

/*
 * The tools under many random calls and many malformed ones, on scratch trees. `--json` leaves only the last line; a number
 * after `--seed` draws other calls. Exit code 1 when something was not as it should be.
 */

const CALLS = 1000
const MALFORMED = 10_000

const argv = process.argv.slice(2)
const json = argv.includes("--json")
const seed = Number(argv[argv.indexOf("--seed") + 1]) || 1

/** A tree of traps: links out and in circles, a named pipe, a file outside. */
const layTraps = Workspace.use(({ root }) =>
  Effect.sync(() => {
    writeFileSync(join(root, "../canary.txt"), "outside\n")
    mkdirSync(join(root, ".git"))
    writeFileSync(join(root, "a.txt"), "inside\n")
    symlinkSync("..", join(root, "out"))
    symlinkSync("loop", join(root, "loop"))
    execFileSync("mkfifo", [join(root, "pipe")])
  })
)

const program = Effect.gen(function*() {
  const say = (line: string) => json ? Effect.void : Console.log(line)
  const { processesLeft, unexpected } = yield* inProject({}, randomCalls(makeDraw(seed), CALLS))
  for (const what of unexpected) yield* say(what)
  const crashes = yield* inProject({}, Effect.andThen(layTraps, malformed(makeDraw(seed + 1), MALFORMED)))
  for (const what of crashes.slice(0, 20)) yield* say(what)
  yield* Console.log(JSON.stringify({
    calls: CALLS,
    unexpectedChanges: unexpected.length,
    processesLeft,
    malformed: MALFORMED,
    crashes: crashes.length
  }))
  return unexpected.length + processesLeft + crashes.length === 0
})

process.exitCode = await Effect.runPromise(program) ? 0 : 1
