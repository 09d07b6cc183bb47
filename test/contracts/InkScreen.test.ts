import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Ui } from "../../core/Ui.ts"
import { ink } from "../../ui/ink/index.ts"
import { fakeTerminal } from "../helpers/FakeTerminal.ts"
import { sampleEvents, sessionStarted } from "../helpers/SampleEvents.ts"

const CLEARS = /\u001b\[[23]J|\u001b\[(1;1)?H|\u001bc/
const COLOURS = /\u001b\[(3[0-7]|9[0-7]|38;|4[0-7])/

const call = { id: "c1", tool: "write", arguments: { path: "long.js", content: "x" } }
const diff = Array.from({ length: 400 }, (_, index) => `+line ${index} ${"x".repeat(index)}`).join("\n")

const session = (rows: number, color?: boolean) =>
  Effect.gen(function*() {
    const terminal = fakeTerminal({ rows, columns: 60 })
    const { stdin, stdout, type, until } = terminal
    const layer = ink({
      stdin,
      stdout,
      stderr: stdout,
      editor: "",
      settleMillis: 0,
      ...(color === undefined ? {} : { color })
    })
    yield* Effect.gen(function*() {
      const ui = yield* Ui
      yield* ui.show(sessionStarted)
      yield* ui.show({ _tag: "ThinkingStarted" })
      for (let part = 0; part < 200; part++) yield* ui.show({ _tag: "TextDelta", text: `some words of part ${part}\n` })
      yield* until((frame) => frame.includes("part 199"))
      const waiting = yield* Effect.forkChild(ui.approve({ call, preview: { _tag: "Diff", path: "long.js", diff } }), {
        startImmediately: true
      })
      yield* until((frame) => frame.includes("y approve"))
      yield* type("\u001b[F")
      yield* until((frame) => frame.includes("of "))
      yield* type("n")
      yield* until((frame) => frame.includes("Enter denies"))
      yield* type("a long correction ".repeat(40))
      yield* until((frame) => frame.includes("a long correction"))
      yield* type("\r")
      yield* Fiber.join(waiting)
      for (const event of sampleEvents) yield* ui.show(event)
    }).pipe(Effect.provide(layer), Effect.provide(NodeServices.layer))
    return terminal
  })

describe("the terminal", () => {
  it.live("is never cleared and never overfilled, however much there is to show", () =>
    Effect.gen(function*() {
      for (const rows of [6, 12, 24]) {
        const { frames, written } = yield* session(rows)
        const live = frames().filter((frame) => frame.includes("training on"))
        for (const stage of ["part 199", "y approve", "Enter denies"]) {
          assert.isTrue(live.some((frame) => frame.includes(stage)), stage)
        }
        for (const frame of live) assert.isAtMost(frame.trimEnd().split("\n").length, rows - 1)
        assert.notMatch(written(), CLEARS)
      }
    }))

  it.live("gets no colour when colour is off", () =>
    Effect.gen(function*() {
      assert.notMatch((yield* session(24, false)).written(), COLOURS)
    }))

  it.live("is not read while an editor has it", () =>
    Effect.gen(function*() {
      const { stdin, stdout, type, until } = fakeTerminal({ rows: 24, columns: 60 })
      let paused = 0
      stdin.on("pause", () => paused++)
      yield* Effect.gen(function*() {
        const ui = yield* Ui
        yield* ui.show(sessionStarted)
        const asked = yield* Effect.forkChild(ui.approve({ call }), { startImmediately: true })
        yield* until((frame) => frame.includes("y approve"))
        assert.strictEqual(paused, 0)
        yield* type("e")
        yield* until((frame) => frame.includes("nothing was changed"))
        assert.strictEqual(paused, 1)
        yield* type("y")
        assert.deepStrictEqual(yield* Fiber.join(asked), { _tag: "Approve" })
      }).pipe(
        Effect.provide(ink({ stdin, stdout, stderr: stdout, editor: "true", settleMillis: 0 })),
        Effect.provide(NodeServices.layer)
      )
    }))

  it.live("that hangs up ends the interface", () =>
    Effect.gen(function*() {
      const { hangUp, stdin, stdout, until } = fakeTerminal({ rows: 24, columns: 60 })
      const error = yield* Effect.gen(function*() {
        const ui = yield* Ui
        const waiting = yield* Effect.forkChild(Effect.flip(ui.next), { startImmediately: true })
        yield* until((frame) => frame.includes("starting"))
        yield* hangUp
        return yield* Fiber.join(waiting)
      }).pipe(
        Effect.provide(ink({ stdin, stdout, stderr: stdout, editor: "", settleMillis: 0 })),
        Effect.provide(NodeServices.layer)
      )
      assert.match(error.message, /the terminal went away/)
    }))
})
