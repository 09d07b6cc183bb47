import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { render } from "ink-testing-library"
import { existsSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname } from "node:path"
import { createElement } from "react"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import { App } from "./App.ts"
import { editText } from "./Editor.ts"
import { ink } from "./index.ts"
import { ScreenStore } from "./Store.ts"
import { Ui } from "../../core/Ui.ts"

const call = { id: "c1", tool: "write", arguments: { path: "math.js", content: "x" } }
const preview = { _tag: "Diff", path: "math.js", diff: "--- a/math.js\n+++ b/math.js\n-old\n+new\u202e" } as const

/** The tree on ink-testing-library's terminal of 100 columns, with a clock that stands still between keys. */
const mounted = Effect.acquireRelease(
  Effect.sync(() => {
    let now = 0
    const store = new ScreenStore({
      now: () => now += 1000,
      size: () => ({ rows: 24, columns: 100 }),
      settleMillis: 400,
      canOpenEditor: () => false,
      openEditor: () => {}
    })
    const app = render(createElement(App, { store, color: true, onTerminal: () => {} }))
    const frame = () => app.lastFrame() ?? ""
    const tick = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    /** Lets React work until the frame holds the text. */
    const shows = (text: string): Effect.Effect<void> =>
      Effect.suspend(() => frame().includes(text) ? Effect.void : Effect.andThen(tick, shows(text)))
    return { store, app, shows }
  }),
  ({ app, store }) =>
    Effect.sync(() => {
      app.unmount()
      store.close()
    })
)

describe("the tree", () => {
  it.live("draws a call with its diff and keys, and hands over one answer", () =>
    Effect.gen(function*() {
      const { app, shows, store } = yield* mounted
      const answers: Array<ApprovalAnswer> = []
      store.approve({ call, preview }, (answer) => answers.push(answer))
      yield* shows("call  write  math.js")
      yield* shows("+new<U+202E>")
      yield* shows("y approve   n deny")
      app.stdin.write("n")
      app.stdin.write("\r")
      yield* shows("a denial needs a correction")
      app.stdin.write("use edit_lines\r")
      app.stdin.write("y")
      assert.deepStrictEqual(answers, [{ _tag: "Deny", correction: "use edit_lines" }])
    }))

  it.live("takes a bracketed paste into the prompt without sending it", () =>
    Effect.gen(function*() {
      const { app, shows, store } = yield* mounted
      const inputs: Array<unknown> = []
      yield* shows("starting")
      store.next((input) => inputs.push(input))
      app.stdin.write("\u001b[200~line one\ry\r\u001b[201~")
      yield* shows("> line one")
      assert.deepStrictEqual(inputs, [])
      app.stdin.write("\r")
      assert.deepStrictEqual(inputs, [{ _tag: "Task", text: "line one\ny" }])
    }))
})

describe("the layer", () => {
  it.live("without a terminal says what to use instead", () =>
    Effect.gen(function*() {
      const error = yield* Ui.pipe(
        Effect.provide(ink({ stdin: Object.assign(Object.create(process.stdin), { isTTY: false }) })),
        Effect.flip
      )
      assert.include(error.message, "use ui=headless")
    }))
})

describe("the external editor", () => {
  it.live("gets the text in a private file, returns what it saved, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const edited = yield* editText(
        "sh -c 'stat -c %a \"$0\" > \"$0.mode\"; cat \"$0.mode\" >> \"$0\"; echo \"$0\" >> \"$0\"'",
        "{}\n",
        "arguments.json"
      )
      const [text, mode, file = ""] = edited.split("\n")
      assert.deepStrictEqual([text, mode, basename(file)], ["{}", "600", "arguments.json"])
      const folder = dirname(file)
      assert.strictEqual(dirname(folder), tmpdir())
      assert.isFalse(existsSync(folder))
    }))

  it.live("that fails is reported by name", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(editText("false", "{}", "arguments.json"))
      assert.strictEqual(error.message, "the editor false ended with 1")
    }))
})
