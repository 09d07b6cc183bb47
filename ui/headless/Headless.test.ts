import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { PassThrough, Writable } from "node:stream"
import { Ui } from "../../core/Ui.ts"
import { headless, type HeadlessOptions } from "./index.ts"
import { makeLineCutter, MAX_LINE_BYTES } from "./Lines.ts"
import { decodeInput, decodeLine, encodeLine, OutputLine } from "./Protocol.ts"

const request = { call: { id: "c1", tool: "bash", arguments: { command: "node --test" } } }

/** A surface on in-memory streams; `input` is all that stdin ever holds, unless it is left open. */
const open = (options: Omit<HeadlessOptions, "stdin" | "stdout" | "onExitCode">, input?: string | Uint8Array) =>
  Effect.gen(function*() {
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    let written = ""
    let exitCode: number | undefined
    stdout.on("data", (chunk: Buffer) => {
      written += chunk.toString("utf8")
    })
    if (input !== undefined) stdin.end(input)
    const scope = yield* Scope.make()
    const context = yield* Layer.build(headless({
      ...options,
      stdin,
      stdout,
      onExitCode: (code) => {
        exitCode = code
      }
    })).pipe(Scope.provide(scope))
    return {
      ui: yield* Ui.pipe(Effect.provide(context)),
      stdin,
      lines: () => written.split("\n").slice(0, -1),
      close: (exit: Exit.Exit<unknown, unknown> = Exit.void) =>
        Scope.close(scope, exit).pipe(
          Effect.map(() => ({ exitCode, result: written.trimEnd().split("\n").at(-1) ?? "" }))
        )
    }
  })

/** Sends an interrupt line and waits until it fired. */
const interrupted = Effect.fnUntraced(
  function*({ stdin, ui }: { readonly stdin: PassThrough; readonly ui: Ui["Service"] }) {
    const listening = yield* Effect.forkChild(ui.interrupted, { startImmediately: true })
    stdin.write("{\"_tag\":\"Interrupt\"}\n")
    yield* Fiber.join(listening)
  }
)

const result = (line: string) => {
  const decoded = decodeLine(line)
  return decoded._tag === "Result" ? decoded : assert.fail(`the last line is ${line}`)
}

describe("line framing", () => {
  it.prop("gives the same lines however the bytes are cut", {
    lines: Schema.Array(Schema.String),
    sizes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })))
  }, ({ lines, sizes }) => {
    const texts = lines.map((text) => text.replace(/[\n\ud800-\udfff]/g, "_"))
    const bytes = new TextEncoder().encode(texts.join("\n"))
    const cutter = makeLineCutter()
    const seen = []
    let at = 0
    for (let turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % Math.max(1, sizes.length)] ?? 3
      seen.push(...cutter.push(bytes.subarray(at, at + size)))
      at += size
    }
    seen.push(...cutter.end())
    const expected = texts.map((text) => text.replace(/^\ufeff/, "").replace(/\r$/, "")).filter((text) =>
      text.trim() !== ""
    )
    assert.deepStrictEqual(seen.map((one) => one.text.replace(/^\ufeff/, "")), expected)
  })

  it("splits at LF only", () => {
    const cutter = makeLineCutter()
    assert.deepStrictEqual(cutter.push(Buffer.from("a\u2028b\u0085c\r\n\n d\n")), [
      { _tag: "Line", text: "a\u2028b\u0085c" },
      { _tag: "Line", text: " d" }
    ])
    assert.deepStrictEqual(cutter.push(Buffer.from("rest")), [])
    assert.deepStrictEqual(cutter.end(), [{ _tag: "Line", text: "rest" }])
    assert.deepStrictEqual(cutter.end(), [])
  })

  it("refuses what is not UTF-8 or too long, and goes on", () => {
    const cutter = makeLineCutter()
    assert.strictEqual(cutter.push(Uint8Array.from([0xff, 0x41, 0x0a]))[0]?._tag, "Bad")
    assert.deepStrictEqual(cutter.push(new Uint8Array(MAX_LINE_BYTES + 1).fill(65)), [])
    assert.deepStrictEqual(cutter.push(Buffer.from("\nok\n")), [
      { _tag: "Bad", text: "", problem: `longer than ${MAX_LINE_BYTES} bytes` },
      { _tag: "Line", text: "ok" }
    ])
  })
})

describe("protocol", () => {
  it.prop("every output line is one line and decodes to itself", { line: OutputLine }, ({ line }) => {
    const text = encodeLine(line)
    assert.notMatch(text, /[\n\u2028\u2029]/)
    assert.deepStrictEqual(encodeLine(decodeLine(text)), text)
  })

  it("says what is wrong with an input line", () => {
    assert.deepStrictEqual(decodeInput("{\"_tag\":\"Approve\"}"), { line: { _tag: "Approve" } })
    assert.deepStrictEqual(decodeInput("yes"), { problem: "not a JSON object on one line" })
    assert.deepStrictEqual(decodeInput("{\"_tag\":\"Yes\"}"), {
      problem: "_tag must be one of the allowed ones, not \"Yes\""
    })
    assert.deepStrictEqual(decodeInput("[]"), { problem: "_tag must be one of the allowed ones, not missing" })
    assert.match(JSON.stringify(decodeInput("{\"_tag\":\"Deny\"}")), /correction/)
  })
})

describe("JSON lines", () => {
  it.live("bad lines are refused by name and lose nothing", () =>
    Effect.gen(function*() {
      const { close, lines, ui } = yield* open({ output: "json" }, "nonsense\n{\"_tag\":\"Task\",\"text\":\"go\"}\n")
      assert.deepStrictEqual(yield* ui.next, { _tag: "Task", text: "go" })
      assert.deepStrictEqual(lines().map((line) => decodeLine(line)._tag), ["InputRequested", "LineRefused"])
      assert.include(lines()[1] ?? "", "\"allowed\":[\"Approve\",\"Always\",\"Deny\",\"Edit\"")
      yield* close()
    }))

  it.live("an answer that names another call is refused; one for no call too", () =>
    Effect.gen(function*() {
      const stale = "{\"_tag\":\"Approve\",\"call\":\"c0\"}\n"
      const { close, lines, ui } = yield* open(
        { output: "json" },
        `${stale}{"_tag":"Deny","correction":"no","call":"c1"}\n${stale}{"_tag":"Quit"}\n`
      )
      assert.deepStrictEqual(yield* ui.approve(request), { _tag: "Deny", correction: "no" })
      assert.deepStrictEqual(yield* ui.next, { _tag: "Quit" })
      const refusals = lines().map(decodeLine).flatMap((line) => line._tag === "LineRefused" ? [line.message] : [])
      assert.deepStrictEqual(refusals, ["the waiting call is c1, not c0", "no call waits for an answer"])
      yield* close()
    }))

  it.live("a task sent while a call waits is kept for later, and does not block the answer", () =>
    Effect.gen(function*() {
      const { close, stdin, ui } = yield* open({ output: "json" })
      const waiting = yield* Effect.forkChild(ui.approve(request), { startImmediately: true })
      stdin.write("{\"_tag\":\"Task\",\"text\":\"second\"}\n{\"_tag\":\"Approve\"}\n")
      assert.deepStrictEqual(yield* Fiber.join(waiting), { _tag: "Approve" })
      assert.deepStrictEqual(yield* ui.next, { _tag: "Task", text: "second" })
      yield* close()
    }))

  it.live("an answer written ahead behind another task does not answer this task's call", () =>
    Effect.gen(function*() {
      const { close, ui } = yield* open(
        { output: "json" },
        "{\"_tag\":\"Task\",\"text\":\"one\"}\n{\"_tag\":\"Task\",\"text\":\"two\"}\n{\"_tag\":\"Approve\"}\n"
      )
      assert.deepStrictEqual(yield* ui.next, { _tag: "Task", text: "one" })
      assert.deepStrictEqual(yield* ui.approve(request), { _tag: "Cancel" })
      assert.deepStrictEqual(yield* ui.next, { _tag: "Task", text: "two" })
      assert.deepStrictEqual(yield* ui.approve(request), { _tag: "Approve" })
      assert.deepStrictEqual(yield* ui.next, { _tag: "Quit" })
      yield* close()
    }))
})

describe("one task", () => {
  it.live("is the first input, then quits; the result is last and says 0", () =>
    Effect.gen(function*() {
      const { close, ui } = yield* open({ output: "json", prompt: "fix the test" }, "{\"_tag\":\"Approve\"}\n")
      assert.deepStrictEqual(yield* ui.next, { _tag: "Task", text: "fix the test" })
      yield* ui.show({ _tag: "UserMessage", text: "fix the test" })
      assert.deepStrictEqual(yield* ui.approve(request), { _tag: "Approve" })
      yield* ui.show({ _tag: "VerdictGiven", call: request.call, verdict: { _tag: "Approve" } })
      yield* ui.show({ _tag: "AssistantMessage", text: "Fixed." })
      yield* ui.show({ _tag: "TurnFinished" })
      assert.deepStrictEqual(yield* ui.next, { _tag: "Quit" })
      const closed = yield* close()
      assert.strictEqual(closed.exitCode, 0)
      assert.deepStrictEqual(result(closed.result), {
        _tag: "Result",
        ok: true,
        reason: "finished",
        exitCode: 0,
        text: "Fixed.",
        turns: 1,
        approvals: 1,
        denials: 0,
        edits: 0,
        steps: 0,
        skipped: 0,
        revision: 0
      })
    }))

  it.live("whose call nobody can answer is cancelled, never denied: exit code 3", () =>
    Effect.gen(function*() {
      for (const output of ["json", "text"] as const) {
        const { close, ui } = yield* open({ output, prompt: "fix" }, "")
        yield* ui.next
        yield* ui.show({ _tag: "UserMessage", text: "fix" })
        assert.deepStrictEqual(yield* ui.approve(request), { _tag: "Cancel" })
        yield* ui.show({ _tag: "TurnCancelled", reason: "no verdict" })
        assert.strictEqual((yield* close()).exitCode, 3)
      }
    }))

  it.live("that fails ends with 1, one that is stopped with 130, and a later good turn clears both", () =>
    Effect.gen(function*() {
      const failed = yield* open({ output: "json" }, "")
      yield* failed.ui.show({ _tag: "UserMessage", text: "fix" })
      yield* failed.ui.show({ _tag: "Failure", message: "the model could not answer" })
      yield* failed.ui.show({ _tag: "TurnFinished" })
      assert.strictEqual((yield* failed.close()).exitCode, 1)

      const stopped = yield* open({ output: "json" })
      yield* stopped.ui.show({ _tag: "UserMessage", text: "fix" })
      yield* interrupted(stopped)
      yield* stopped.ui.show({ _tag: "TurnCancelled", reason: "stopped" })
      yield* stopped.ui.show({ _tag: "UserMessage", text: "again" })
      yield* stopped.ui.show({ _tag: "TurnFinished" })
      assert.strictEqual((yield* stopped.close()).exitCode, 0)

      const step = yield* open({ output: "json", prompt: "fix" })
      yield* step.ui.show({ _tag: "UserMessage", text: "fix" })
      yield* interrupted(step)
      yield* step.ui.show({ _tag: "LearningFailed", lessonId: "l", message: "stopped before it was done" })
      yield* step.ui.show({ _tag: "TurnCancelled", reason: "stopped" })
      assert.strictEqual((yield* step.close()).exitCode, 130)

      const cut = yield* open({ output: "json" })
      yield* cut.ui.show({ _tag: "UserMessage", text: "fix" })
      const closed = yield* cut.close(Exit.interrupt())
      assert.strictEqual(closed.exitCode, 130)
      assert.strictEqual(result(closed.result).reason, "interrupted")

      const crashed = yield* open({ output: "json" })
      assert.strictEqual((yield* crashed.close(Exit.die("bug"))).exitCode, 1)
    }))
})

describe("an answer that is corrected", () => {
  it.live("goes on with its turn: what failed before no longer counts", () =>
    Effect.gen(function*() {
      const { close, ui } = yield* open(
        { output: "json" },
        "{\"_tag\":\"Instead\",\"call\":{\"tool\":\"read\",\"arguments\":{\"path\":\"a.js\"}}}\n{\"_tag\":\"Instead\"}\n"
      )
      yield* ui.show({ _tag: "UserMessage", text: "read it" })
      yield* ui.show({ _tag: "Failure", message: "The model gave no usable call." })
      yield* ui.show({ _tag: "TurnFinished" })
      assert.deepStrictEqual(yield* ui.next, { _tag: "Instead", call: { tool: "read", arguments: { path: "a.js" } } })
      assert.deepStrictEqual(yield* ui.next, { _tag: "Instead" })
      yield* ui.show({ _tag: "TurnResumed" })
      yield* ui.show({ _tag: "TurnFinished" })
      const { exitCode, result: line } = yield* close()
      assert.strictEqual(exitCode, 0)
      assert.strictEqual(result(line).turns, 1)
    }))
})

describe("text", () => {
  it.live("explains an answer it cannot use and takes the next line", () =>
    Effect.gen(function*() {
      const { close, lines, ui } = yield* open({ output: "text" }, "maybe\nn\ne {\"command\ne {\"command\": \"ls\"}\n")
      assert.deepStrictEqual(yield* ui.approve(request), { _tag: "Edit", arguments: { command: "ls" } })
      assert.deepStrictEqual(lines().slice(1).map((line) => line.split(". ")[0]), [
        "? not an answer: maybe",
        "? a denial needs a correction: n <what to do instead>",
        "? e needs the arguments as one JSON object on the line"
      ])
      yield* close()
    }))

  it.live("shows hidden characters of a call", () =>
    Effect.gen(function*() {
      const { close, lines, ui } = yield* open({ output: "text" }, "")
      const call = { id: "c", tool: "bash", arguments: { command: "rm \u202e x\u001b[2J" } }
      yield* ui.show({ _tag: "CallProposed", call, retry: false })
      assert.deepStrictEqual(lines(), [
        "call  bash  rm <U+202E> x<U+001B>[2J",
        "  command: rm <U+202E> x<U+001B>[2J"
      ])
      yield* close()
    }))
})

describe("a reader that goes away", () => {
  it.live("stops what runs and ends the session without an exception", () =>
    Effect.gen(function*() {
      const stdin = new PassThrough()
      const stdout = new Writable({
        write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))
      })
      const codes: Array<number> = []
      yield* Effect.gen(function*() {
        const ui = yield* Ui
        const stopped = yield* Effect.forkChild(ui.interrupted, { startImmediately: true })
        yield* ui.show({ _tag: "Notice", message: "hello" })
        yield* Fiber.join(stopped)
        yield* ui.show({ _tag: "Notice", message: "nobody reads this" })
        assert.deepStrictEqual(yield* ui.approve(request), { _tag: "Cancel" })
        assert.deepStrictEqual(yield* ui.next, { _tag: "Quit" })
      }).pipe(Effect.provide(headless({ output: "json", stdin, stdout, onExitCode: (code) => codes.push(code) })))
      assert.deepStrictEqual(codes.length, 1)
      assert.notStrictEqual(codes[0], 0)
    }))
})
