import * as Effect from "effect/Effect"
import { PassThrough } from "node:stream"

const ANSI = /\u001b\[[0-9;:?<>=]*[a-zA-Z]|\u001b\][^\u0007]*\u0007/g

/** A terminal's two ends in memory: what a program writes is kept, what is typed arrives on its input. */
export interface FakeTerminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly type: (text: string) => Effect.Effect<void>
  /** Ends the input, as a window that closes does. */
  readonly hangUp: Effect.Effect<void>
  /** Waits until the live frame satisfies the predicate. */
  readonly until: (seen: (frame: string) => boolean) => Effect.Effect<string>
  /** Everything written so far, control sequences included. */
  readonly written: () => string
  /** Each drawn live frame without control sequences. */
  readonly frames: () => ReadonlyArray<string>
  readonly rawMode: () => boolean
}

/** `rows` and `columns` are the window's size. */
export const fakeTerminal = (size: { readonly rows: number; readonly columns: number }): FakeTerminal => {
  let raw = false
  const input = new PassThrough()
  const output = new PassThrough()
  const frames: Array<string> = []
  const watchers = new Set<() => void>()
  let written = ""
  output.on("data", (chunk: Buffer) => {
    const text = chunk.toString("utf8")
    written += text
    const shown = text.replace(ANSI, "")
    if (shown.trim() !== "") frames.push(shown)
    for (const watcher of Array.from(watchers)) watcher()
  })
  const frame = () => frames.at(-1) ?? ""
  const stdin = Object.assign(input, {
    isTTY: true,
    isRaw: false,
    ref: () => stdin,
    unref: () => stdin,
    setRawMode: (on: boolean) => {
      raw = on
      return stdin
    }
  }) as unknown as NodeJS.ReadStream
  const stdout = Object.assign(output, { isTTY: true, ...size }) as unknown as NodeJS.WriteStream
  return {
    stdin,
    stdout,
    type: (text) => Effect.sync(() => void input.write(text)),
    hangUp: Effect.sync(() => void input.end()),
    until: (seen) =>
      Effect.callback<string>((resume) => {
        const look = () => {
          if (!seen(frame())) return
          watchers.delete(look)
          resume(Effect.succeed(frame()))
        }
        watchers.add(look)
        look()
        return Effect.sync(() => watchers.delete(look))
      }),
    written: () => written,
    frames: () => frames,
    rawMode: () => raw
  }
}
