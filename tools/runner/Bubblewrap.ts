import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { listed, reachOf, sharesNetwork } from "../../core/permissions/PermissionSet.ts"
import type { Ended, RunnerCommand } from "../../core/Runner.ts"
import { Runner, RunnerError } from "../../core/Runner.ts"
import { bubblewrapArguments } from "./BubblewrapArguments.ts"
import { tryOut } from "./Probe.ts"
import { refusalOf } from "./Refusal.ts"
import { runWith } from "./Run.ts"
import { temporaryFolder } from "./Temporary.ts"

const PROGRAM = "bwrap"
const NAME = "bubblewrap"
const SOCKETS = ["/run", "/var/tmp"]

/** A failure of `bwrap` itself, as opposed to one of what it runs. */
const START = /^bwrap: (.*)$/m

/** Sees whether a command can be contained at all. A machine may have `bwrap` and no user namespaces. */
const probe = tryOut([
  PROGRAM,
  "--unshare-user",
  "--unshare-pid",
  "--unshare-net",
  "--ro-bind",
  "/",
  "/",
  "--dev",
  "/dev",
  "--proc",
  "/proc",
  "--",
  "/bin/sh",
  "-c",
  ":"
]).pipe(Effect.flatMap((tried): Effect.Effect<void, RunnerError> => {
  switch (tried._tag) {
    case "Worked":
      return Effect.void
    case "Missing":
      return Effect.fail(
        new RunnerError({
          reason: "Missing",
          message:
            "bubblewrap is not installed. Install it (apt install bubblewrap, dnf install bubblewrap) and start again."
        })
      )
    case "Failed":
      return Effect.fail(
        new RunnerError({
          reason: "Unusable",
          message: `bubblewrap cannot work on this machine (${tried.said}). `
            + "It needs user namespaces, which containers and some distributions turn off; docs/sandbox.md says how to allow them."
        })
      )
  }
}))

/**
 * Contains commands with bubblewrap, on Linux: files read-only but for what may be written, protected ones masked, `/tmp`
 * the session's own, no network unless all of it is granted, and namespaces of their own, so that no process outlives the
 * agent. Fails where the machine does not allow it.
 */
export const bubblewrap: Layer.Layer<
  Runner,
  RunnerError,
  FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner
> = Layer.effect(
  Runner,
  Effect.gen(function*() {
    yield* probe
    const files = yield* FileSystem.FileSystem
    const exists = (path: string) => Effect.orElseSucceed(files.exists(path), () => false)
    const emptied = yield* Effect.filter(SOCKETS, exists)
    const temporary = yield* temporaryFolder
    const kindOf = (path: string) =>
      files.stat(path).pipe(
        Effect.map(({ type }) => [path, type === "Directory" ? "folder" : "file"] as const),
        Effect.option
      )
    const contain = Effect.fn("Runner.contain")(function*(command: RunnerCommand) {
      const { permissions } = command
      const deny = listed(reachOf(permissions.read, true).deny)
      const kinds = yield* Effect.forEach(deny, kindOf)
      const masked = new Map(kinds.flatMap((kind) => kind._tag === "Some" ? [kind.value] : []))
      const argv: readonly [string, ...ReadonlyArray<string>] = [
        PROGRAM,
        ...bubblewrapArguments(command, { temporary, emptied, masked })
      ]
      const bounds = { name: NAME, offline: !sharesNetwork(permissions), masked: [...masked.keys()] }
      return {
        argv,
        cwd: "/",
        env: command.env,
        refusal: (ended: Ended) => {
          const start = ended.code === 0 ? undefined : START.exec(ended.output)?.[1]
          return start === undefined
            ? refusalOf(ended, bounds)
            : `the sandbox (${NAME}) could not start it: ${start}; the user can turn it off with sandbox=none`
        }
      }
    })
    const holds = { files: true, network: true, hosts: false, processes: true }
    return Runner.of({ name: NAME, holds, contain, run: yield* runWith({ contain, holds }) })
  })
)
