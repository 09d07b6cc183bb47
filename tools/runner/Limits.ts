import type { RunnerLimits } from "../../core/Runner.ts"

/** `-u` is the number of processes in bash, `-p` in dash. */
const SCRIPT = "[ \"$1\" = - ] || ulimit -d \"$1\" || exit 126; "
  + "[ \"$2\" = - ] || ulimit -u \"$2\" 2>/dev/null || ulimit -p \"$2\" || exit 126; shift 2; exec \"$@\""

/** So much more may be asked for than is allowed, since programs reserve what they never use: Node alone, half a gigabyte. */
const SPARE_MEMORY = 2_147_483_648
/** So many processes more than allowed are let start, so that whoever counts them sees that there are too many. */
const SPARE = 4

/**
 * The command under the limits that the system keeps: a shell sets them and becomes the command. The number of processes is one
 * of the user's, so it is set only where the command's user is `alone`, in a namespace of its own.
 */
export const limitedArgv = (
  argv: readonly [string, ...ReadonlyArray<string>],
  { memory, processes }: RunnerLimits = {},
  alone = false
): readonly [string, ...ReadonlyArray<string>] => {
  const most = alone ? processes : undefined
  return memory === undefined && most === undefined ? argv : [
    "/bin/sh",
    "-c",
    SCRIPT,
    "sh",
    memory === undefined ? "-" : String(Math.ceil((memory + SPARE_MEMORY) / 1024)),
    most === undefined ? "-" : String(most + SPARE),
    ...argv
  ]
}
