/** How long a program that was told to end may take to leave everything sound, milliseconds. */
const GRACE = 5000

/** Exit code of a program that SIGTERM ended. */
export const TERMINATED = 143

/**
 * Sees to it that SIGTERM ends the process: what runs is interrupted by whoever runs it, and where that takes longer than the
 * grace the system's own way of ending comes back. A terminal that goes away (SIGHUP, or EIO where it is read once it belongs
 * to another program) is taken as the same request, so that no command outlives its window. Returns whether the signal has come.
 */
export const endOnTerminate = (program: NodeJS.Process, grace = GRACE): () => boolean => {
  let received = false
  program.once("SIGTERM", () => {
    received = true
    setTimeout(() => {
      program.removeAllListeners("SIGTERM")
      program.kill(program.pid, "SIGTERM")
    }, grace).unref()
  })
  const terminalGone = () => program.kill(program.pid, "SIGTERM")
  program.on("SIGHUP", terminalGone)
  program.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EIO") throw error
    terminalGone()
  })
  return () => received
}
