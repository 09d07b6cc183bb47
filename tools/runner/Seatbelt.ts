import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { listed, reachOf, sharesNetwork } from "../../core/permissions/PermissionSet.ts"
import type { Ended, RunnerCommand } from "../../core/Runner.ts"
import { Runner, RunnerError } from "../../core/Runner.ts"
import { limitedArgv } from "./Limits.ts"
import { tryOut } from "./Probe.ts"
import { refusalOf } from "./Refusal.ts"
import { runWith } from "./Run.ts"
import { seatbeltProfile } from "./SeatbeltProfile.ts"
import { temporaryFolder } from "./Temporary.ts"

const PROGRAM = "/usr/bin/sandbox-exec"
const NAME = "seatbelt"

const probe = tryOut([PROGRAM, "-p", "(version 1)(allow default)", "/usr/bin/true"]).pipe(
  Effect.flatMap((tried) =>
    tried._tag === "Worked" ? Effect.void : Effect.fail(
      new RunnerError({
        reason: tried._tag === "Missing" ? "Missing" : "Unusable",
        message:
          `Seatbelt cannot be used here${tried._tag === "Failed" ? ` (${tried.said})` : ""}: it is a part of macOS, `
          + "and cannot be used inside another sandbox. Choose another with sandbox=auto."
      })
    )
  )
)

/**
 * Contains commands with Seatbelt, on macOS: files and network as for bubblewrap, with a temporary folder of the session's
 * own in `TMPDIR`. It does not hold processes: one that leaves its group may outlive the agent.
 */
export const seatbelt: Layer.Layer<
  Runner,
  RunnerError,
  FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner
> = Layer.effect(
  Runner,
  Effect.gen(function*() {
    yield* probe
    // /tmp and /var are links there, and Seatbelt judges real paths.
    const temporary = yield* temporaryFolder
    const contain = Effect.fn("Runner.contain")(({ argv, cwd, env, limits, permissions }: RunnerCommand) => {
      const bounds = {
        name: NAME,
        offline: !sharesNetwork(permissions),
        masked: listed(reachOf(permissions.read, true).deny),
        writesDenied: true
      }
      return Effect.succeed({
        argv: [PROGRAM, "-p", seatbeltProfile(permissions, temporary), ...limitedArgv(argv, limits)] as const,
        cwd,
        env: { ...env, TMPDIR: temporary },
        refusal: (ended: Ended) => refusalOf(ended, bounds)
      })
    })
    const holds = { files: true, network: true, hosts: false, processes: false }
    return Runner.of({ name: NAME, holds, contain, run: yield* runWith({ contain, holds }) })
  })
)
