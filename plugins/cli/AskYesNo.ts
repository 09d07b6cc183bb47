import * as Effect from "effect/Effect"
import { createInterface } from "node:readline"

/** Asks at the terminal. Anything but `y` or `yes`, and an end of the input, is no. */
export const askYesNo = (question: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    let answered = false
    terminal.on("close", () => {
      if (!answered) resume(Effect.succeed(false))
    })
    terminal.question(question, (answer) => {
      answered = true
      terminal.close()
      resume(Effect.succeed(/^\s*y(es)?\s*$/i.test(answer)))
    })
    return Effect.sync(() => terminal.close())
  })
