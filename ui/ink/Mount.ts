import { render } from "ink"
import { createElement } from "react"
import { App } from "./App.ts"
import type { ScreenStore } from "./Store.ts"

interface Mounted {
  /** Lends the terminal to another program while `use` runs. */
  readonly suspend: (use: () => Promise<void>) => Promise<void>
  /** Resolves when the tree is gone; rejects when drawing crashed. The terminal is restored by then. */
  readonly gone: Promise<unknown>
  readonly unmount: () => Promise<void>
}

/**
 * Ink takes its listener away but leaves the stream reading, which would take the first keys from the other program. Only a
 * stream that has noticed that nobody listens, which is a moment later, can be told to stop.
 */
const stopReading = async (stdin: NodeJS.ReadStream): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve))
  stdin.pause()
}

/** Draws the store on a terminal. The only module besides `App.ts` that loads React. */
export const mount = (options: {
  readonly store: ScreenStore
  readonly color: boolean
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}): Mounted => {
  let suspend: Mounted["suspend"] | undefined
  const instance = render(
    createElement(App, {
      store: options.store,
      color: options.color,
      onTerminal: (lend) => {
        suspend = lend
      }
    }),
    {
      stdin: options.stdin,
      stdout: options.stdout,
      stderr: options.stderr,
      exitOnCtrlC: false,
      // What other code prints must not tear the screen; a console that writes elsewhere needs no care.
      patchConsole: options.stdout === process.stdout,
      interactive: true,
      maxFps: 30
    }
  )
  const gone = instance.waitUntilExit()
  return {
    suspend: (use) =>
      (suspend ?? ((lent) => lent()))(async () => {
        await stopReading(options.stdin)
        await use()
      }),
    gone,
    unmount: async () => {
      await instance.waitUntilRenderFlush()
      instance.clear()
      instance.unmount()
      await gone.catch(() => undefined)
    }
  }
}
