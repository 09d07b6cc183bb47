import * as Effect from "effect/Effect"
import type { Writable } from "node:stream"

/** Writes whole lines. A reader that went away (EPIPE) is noticed, never thrown. */
export interface Writer {
  readonly write: (lines: ReadonlyArray<string>) => void
  /** Waits until everything written has left the process, or nobody reads any more. */
  readonly flush: Effect.Effect<void>
  readonly close: () => void
}

export const makeWriter = (stream: Writable, onGone: () => void): Writer => {
  let open = true
  const gone = () => {
    if (!open) return
    open = false
    onGone()
  }
  // The error listener stays after `close`: an EPIPE may be reported late and must not crash the process.
  stream.on("error", gone)
  stream.on("close", gone)
  return {
    write: (lines) => {
      if (open && lines.length > 0) stream.write(lines.map((text) => `${text}\n`).join(""))
    },
    flush: Effect.callback((resume) => {
      if (!open) return resume(Effect.void)
      stream.once("close", () => resume(Effect.void))
      stream.write("", () => resume(Effect.void))
    }),
    close: () => {
      open = false
      stream.off("close", gone)
    }
  }
}
