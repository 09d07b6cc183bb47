import type { RunnerLimits } from "../../core/Runner.ts"

/** `-u` is the number of processes in bash, `-p` in dash. */
const SCRIPT = "[ \"$1\" = - ] || ulimit -d \"$1\" || exit 126; "
  + "[ \"$2\" = - ] || ulimit -u \"$2\" 2>/dev/null || ulimit -p \"$2\" || exit 126; shift 2; exec \"$@\""

/** The command under its limits on memory and processes: a shell sets them and becomes the command. */
export const limitedArgv = (
  argv: readonly [string, ...ReadonlyArray<string>],
  { memory, processes }: RunnerLimits = {}
): readonly [string, ...ReadonlyArray<string>] =>
  memory === undefined && processes === undefined ? argv : [
    "/bin/sh",
    "-c",
    SCRIPT,
    "sh",
    memory === undefined ? "-" : String(Math.ceil(memory / 1024)),
    processes === undefined ? "-" : String(processes),
    ...argv
  ]
