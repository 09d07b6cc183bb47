import xterm from "@xterm/headless"
import * as Effect from "effect/Effect"
import { fakeTerminal } from "./FakeTerminal.ts"

/** A terminal emulator in memory: what would be on the screen and in the scrollback of a real one. */
export const emulator = (size: { readonly rows: number; readonly columns: number }) => {
  const terminal = fakeTerminal(size)
  const screen = new xterm.Terminal({
    rows: size.rows,
    cols: size.columns,
    scrollback: 1_000_000,
    allowProposedApi: true,
    convertEol: true
  })
  terminal.stdout.on("data", (chunk: Buffer) => screen.write(chunk))
  const line = (index: number) => screen.buffer.active.getLine(index)

  /** Everything from the first line ever written, each line whole however often it is wrapped. */
  const lines = (): ReadonlyArray<string> => {
    const all: Array<string> = []
    for (let index = 0; index < screen.buffer.active.length; index++) {
      const one = line(index)
      const text = one?.translateToString(true) ?? ""
      if (one?.isWrapped === true && all.length > 0) all.push(`${all.pop() ?? ""}${text}`)
      else all.push(text)
    }
    return all
  }

  return {
    ...terminal,
    lines,
    /** The rows of the window as they are seen. */
    window: () =>
      Array.from(
        { length: screen.rows },
        (_, row) => line(screen.buffer.active.baseY + row)?.translateToString(true) ?? ""
      ),
    cursor: () => ({ x: screen.buffer.active.cursorX, y: screen.buffer.active.cursorY }),
    /** Waits until all that was written so far is on the screen. */
    settled: Effect.callback<void>((resume) => {
      // A chunk that is being handed out reaches whoever waits for its text first, the emulator after.
      setImmediate(() => screen.write("", () => resume(Effect.void)))
    }),
    resize: (rows: number, columns: number) =>
      Effect.sync(() => {
        screen.resize(columns, rows)
        Object.assign(terminal.stdout, { rows, columns })
        terminal.stdout.emit("resize")
      })
  }
}
