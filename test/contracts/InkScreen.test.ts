import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"
import { Ui } from "../../core/Ui.ts"
import { ledger } from "../../plugins/ledger/index.ts"
import { ink } from "../../ui/ink/index.ts"
import { fakeTerminal } from "../helpers/FakeTerminal.ts"
import { runScript } from "../helpers/RunScript.ts"
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

  it.live("shows what an edited call would do before it runs", () =>
    Effect.gen(function*() {
      const { stdin, stdout, type, until } = fakeTerminal({ rows: 24, columns: 60 })
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "edited-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const ran: Array<unknown> = []
      const session = yield* Effect.forkChild(runScript({
        inputs: [],
        script: [toolCallText("write", { path: "a.js" }), "Done."],
        preview: ({ arguments: { path } }) =>
          Effect.succeed({
            _tag: "WouldRun",
            preview: { _tag: "Diff", path: String(path), diff: `+a line of ${String(path)}` }
          }),
        run: (call) =>
          Effect.sync(() => {
            ran.push(call.arguments)
            return { output: "ok", success: true }
          }),
        ui: ink({ stdin, stdout, stderr: stdout, editor: "sed -i.bak s/a.js/b.js/", settleMillis: 0 }).pipe(
          Layer.provide(NodeServices.layer)
        )
      }, ledger(directory)))
      yield* until((frame) => frame.includes("training on"))
      yield* type("add a line\r")
      yield* until((frame) => frame.includes("+a line of a.js") && frame.includes("y approve"))
      yield* type("e")
      const frame = yield* until((frame) => frame.includes("y run as edited"))
      assert.match(frame, /^edited {2}write {2}b\.js$/m)
      assert.include(frame, "+a line of b.js")
      assert.notInclude(frame, "+a line of a.js")
      yield* type("\r")
      yield* until((frame) => frame.includes("press y, n, e, f, q, Esc"))
      assert.deepStrictEqual(ran, [])
      yield* type("\u001b")
      yield* until((frame) => frame.includes("+a line of a.js") && frame.includes("y approve"))
      yield* type("e")
      yield* until((frame) => frame.includes("y run as edited"))
      yield* type("y")
      yield* until((frame) => frame.startsWith(">"))
      yield* type("/quit\r")
      const { lessons } = yield* Fiber.join(session)
      assert.deepStrictEqual(ran, [{ path: "b.js" }])
      assert.deepStrictEqual(lessons.map(({ kind }) => kind), ["edit"])
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
