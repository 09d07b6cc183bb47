import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { render } from "ink-testing-library"
import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
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
      listFiles: () => {},
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
      app.stdin.write("use edit_lines")
      app.stdin.write("\r")
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
        Effect.provide(NodeServices.layer),
        Effect.flip
      )
      assert.include(error.message, "use ui=headless")
    }))
})

const edit = (editor: string, text: string) =>
  editText(editor, text, "arguments.json").pipe(Effect.provide(NodeServices.layer))

describe("the external editor", () => {
  it.live("gets the text in a private file, returns what it saved, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const edited = yield* edit(
        "sh -c 'stat -c %a \"$0\" > \"$0.mode\"; cat \"$0.mode\" >> \"$0\"; echo \"$0\" >> \"$0\"'",
        "{}\n"
      )
      const [text, mode, file = ""] = edited.split("\n")
      assert.deepStrictEqual([text, mode, basename(file)], ["{}", "600", "arguments.json"])
      const folder = dirname(file)
      assert.strictEqual(dirname(folder), tmpdir())
      assert.isFalse(existsSync(folder))
    }))

  it.live("that fails is reported by name", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(edit("false", "{}"))
      assert.deepStrictEqual([error.reason, error.message], [
        "Ended",
        "the editor false ended with 1. Edit it here instead"
      ])
    }))

  it.live("that a signal ends is told as well", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(edit("kill -9 $$;:", "{}"))
      assert.deepStrictEqual(
        [error.reason, error.message],
        ["Ended", "the editor kill -9 $$;: was ended by a signal. Edit it here instead"]
      )
    }))

  it.live("ends when the session does, and its file goes", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "editor-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const told = join(folder, "told")
      execFileSync("mkfifo", [told])
      const editor = join(folder, "editor")
      writeFileSync(editor, `#!/bin/sh\necho $$ "$1" > ${told}\nexec sleep 600\n`, { mode: 0o700 })
      const editing = yield* Effect.forkChild(edit(editor, "{}"))
      const [pid = "", file = ""] = (yield* Effect.promise(() => readFile(told, "utf8"))).trim().split(" ")
      assert.isTrue(existsSync(file))
      yield* Fiber.interrupt(editing)
      assert.isFalse(existsSync(dirname(file)))
      assert.throws(() => process.kill(Number(pid), 0), /ESRCH/)
    }))
})
