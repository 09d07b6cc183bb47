import { Box, Static, Text, useAnimation, useApp, useCursor, useInput, usePaste, useWindowSize } from "ink"
import { createElement, type ReactNode, useEffect, useMemo, useSyncExternalStore } from "react"
import type { Line } from "../text/Line.ts"
import { keyPresses } from "./Keys.ts"
import type { Block } from "./Screen.ts"
import type { ScreenStore } from "./Store.ts"
import { isBusy, view } from "./View.ts"

const SPINNER = ["|", "/", "-", "\\"]

interface AppProps {
  readonly store: ScreenStore
  /** False leaves out all colour. */
  readonly color: boolean
  /** Receives the function that lends the terminal to another program. */
  readonly onTerminal: (suspend: (use: () => Promise<void>) => Promise<void>) => void
}

const textLine = (key: number, line: Line, color: boolean, wrap: "wrap" | "truncate-end"): ReactNode =>
  createElement(
    Text,
    { key, wrap },
    ...(line.some((span) => span.text !== "") ? line : [{ text: " " }]).map((span, index) =>
      createElement(Text, {
        key: index,
        bold: span.bold === true,
        dimColor: span.dim === true,
        ...(color && span.color !== undefined ? { color: span.color } : {})
      }, span.text)
    )
  )

/** The terminal screen: finished blocks are printed once, the view's lines are redrawn below them. */
export const App = ({ color, onTerminal, store }: AppProps): ReactNode => {
  const screen = useSyncExternalStore(store.subscribe, store.get)
  const { columns, rows } = useWindowSize()
  const { suspendTerminal } = useApp()
  const { setCursorPosition } = useCursor()
  const items = useMemo(() => [...screen.blocks], [screen.blocks])
  const busy = isBusy(screen)
  const { frame } = useAnimation({ interval: 120, isActive: busy })
  useEffect(() => onTerminal(suspendTerminal), [onTerminal, suspendTerminal])
  useInput((input, key) => {
    store.keys(keyPresses(input, { ...key }))
  })
  usePaste(store.paste)
  const { cursor, lines } = view(screen, { rows, columns }, {
    at: store.now(),
    spinner: SPINNER[frame % SPINNER.length] ?? "|"
  })
  setCursorPosition(cursor)
  return createElement(
    Box,
    { flexDirection: "column" },
    createElement(Static<Block>, {
      items,
      children: (block: Block) =>
        createElement(
          Box,
          { key: block.id, flexDirection: "column" },
          ...block.lines.map((line, index) => textLine(index, line, color, "wrap"))
        )
    }),
    createElement(
      Box,
      { flexDirection: "column" },
      ...lines.map((line, index) => textLine(index, line, color, "truncate-end"))
    )
  )
}
