import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Ui } from "../../core/Ui.ts"
import { ink } from "../../ui/ink/index.ts"
import { emulator } from "../helpers/Emulator.ts"
import { sessionStarted } from "../helpers/SampleEvents.ts"

/** Sequences that clear the window or the scrollback, or leave the screen for another one. */
const CLEARS = /\u001b\[[23]J|\u001bc|\u001b\[\?(1049|47)h/
/** Where Ink begins to draw a whole window anew. */
const HOME = /\u001b\[(1;1)?H/

const sizes = [[24, 80], [12, 40], [60, 200], [9, 40], [24, 80]] as const
const TURNS = 200

const diff = (turn: number) =>
  Array.from({ length: turn % 37 }, (_, row) => `+turn ${turn} row ${row} ${"x".repeat((turn * row) % 150)}`).join("\n")

/** A call that waits, with a diff. */
const proposed = (turn: number) =>
  ({
    call: { id: `c${turn}`, tool: "write", arguments: { path: `file-${turn}.js`, content: "x" } },
    preview: { _tag: "Diff", path: `file-${turn}.js`, diff: diff(turn) }
  }) as const

/** The numbers in lines such as `> task 12`, in order. */
const numbers = (lines: ReadonlyArray<string>, shape: RegExp) =>
  lines.flatMap((line) => shape.exec(line)?.[1] ?? []).map(Number)

const upTo = (count: number) => Array.from({ length: count }, (_, turn) => turn)

/** What `use` does in a session on this terminal. */
const onTerminal = <A, E>(
  { stdin, stdout }: ReturnType<typeof emulator>,
  use: (ui: Ui["Service"]) => Effect.Effect<A, E>
) =>
  Ui.use((ui) => Effect.andThen(ui.show(sessionStarted), use(ui))).pipe(
    Effect.provide(ink({ stdin, stdout, stderr: stdout, editor: "", settleMillis: 0 })),
    Effect.provide(NodeServices.layer)
  )

describe("the terminal's scrollback", () => {
  it.live(
    "holds every line of 200 turns once and in order, through resizes, and nothing is ever cleared",
    () =>
      Effect.gen(function*() {
        const terminal = emulator({ rows: 24, columns: 80 })
        const { resize, settled, type, until } = terminal
        yield* onTerminal(
          terminal,
          Effect.fnUntraced(function*(ui) {
            for (const turn of upTo(TURNS)) {
              if (turn % 8 === 0) {
                // What is drawn by now is the prompt and nothing else.
                yield* type(`k${turn}`)
                yield* until((frame) => frame.includes(`> k${turn}`))
                yield* type("\u0015")
                yield* until((frame) => !frame.includes(`k${turn}`))
                const [rows, columns] = sizes[(turn / 8) % sizes.length] ?? sizes[0]
                yield* resize(rows, columns)
              }
              yield* ui.show({ _tag: "UserMessage", text: `task ${turn}` })
              yield* ui.show({ _tag: "ThinkingStarted" })
              for (const part of upTo(5)) yield* ui.show({ _tag: "TextDelta", text: `thought ${turn} ${part}\n` })
              if (turn % 5 === 0) {
                const request = proposed(turn)
                yield* ui.show({ _tag: "CallProposed", retry: false, ...request })
                const answer = yield* Effect.forkChild(ui.approve(request), { startImmediately: true })
                yield* until((frame) => frame.includes(`file-${turn}.js`) && frame.includes("y approve"))
                yield* type("y")
                assert.deepStrictEqual(yield* Fiber.join(answer), { _tag: "Approve" })
                yield* ui.show({ _tag: "VerdictGiven", call: request.call, verdict: { _tag: "Approve" } })
              }
              yield* ui.show({
                _tag: "AssistantMessage",
                text: `answer ${turn} ${"word ".repeat(turn % 60)}end ${turn}`
              })
              yield* ui.show({ _tag: "TurnFinished" })
            }
            yield* type("still here")
            yield* until((frame) => frame.includes("> still here"))
            yield* settled
            const { x, y } = terminal.cursor()
            assert.strictEqual(terminal.window()[y]?.slice(0, x), "> still here")
            assert.match(terminal.window()[y + 1] ?? "", /training on/)
          })
        )
        yield* settled
        const lines = terminal.lines()
        assert.notMatch(terminal.written(), CLEARS)
        assert.notMatch(terminal.written(), HOME)
        assert.deepStrictEqual(numbers(lines, /^> task (\d+)$/), upTo(TURNS))
        assert.deepStrictEqual(numbers(lines, /^answer (\d+) /), upTo(TURNS))
        assert.deepStrictEqual(numbers(lines, /^\* write\s+file-(\d+)\.js$/), upTo(TURNS / 5).map((five) => five * 5))
      }),
    60_000
  )

  it.live("loses nothing when the window shrinks below a call that waits, which stays whole to read and answer", () =>
    Effect.gen(function*() {
      const terminal = emulator({ rows: 60, columns: 100 })
      const { resize, settled, type, until } = terminal
      yield* onTerminal(
        terminal,
        Effect.fnUntraced(function*(ui) {
          for (const turn of upTo(90)) yield* ui.show({ _tag: "UserMessage", text: `task ${turn}` })
          const answer = yield* Effect.forkChild(ui.approve(proposed(36)), { startImmediately: true })
          yield* until((frame) => frame.includes("row 35"))
          yield* settled
          for (const [rows, columns] of [[12, 40], [8, 30], [30, 100], [10, 100]] as const) {
            yield* resize(rows, columns)
            yield* type("\u001b[F")
            yield* until((frame) => /-(\d+) of \1,/.test(frame))
            yield* settled
            assert.match(
              terminal.window().join("\n"),
              /of \d+,[^]*y approve[^]*n deny[^]*Esc cancel[^]*training/,
              `${rows} by ${columns}`
            )
            yield* type("\u001b[H")
            yield* until((frame) => /row 0\s/.test(frame))
          }
          yield* type("y")
          yield* Fiber.join(answer)
        })
      )
      yield* settled
      assert.notMatch(terminal.written(), CLEARS)
      assert.deepStrictEqual(numbers(terminal.lines(), /^> task (\d+)$/), upTo(90))
    }))
})
