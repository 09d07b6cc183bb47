import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { PassThrough } from "node:stream"
import { setImmediate } from "node:timers/promises"
import type { UserInput } from "../../core/domain/UserInput.ts"
import { headless } from "../../ui/headless/index.ts"
import { ink } from "../../ui/ink/index.ts"
import type { Human, UiSubject } from "../contracts/UiContract.ts"
import { fakeTerminal } from "./FakeTerminal.ts"

/** An input as a person types it at a prompt. */
const typedInput = (input: UserInput): string => {
  switch (input._tag) {
    case "Task":
      return input.text
    case "Note":
      return `/note ${input.text}`
    case "ShowMetrics":
      return "/metrics"
    case "Why":
      return input.number === undefined ? "/why" : `/why ${input.number}`
    case "ShowLessons":
      return "/lessons"
    case "ShowLesson":
      return `/lessons show ${input.id}`
    case "UndoLesson":
      return input.id === undefined ? "/lessons undo" : `/lessons undo ${input.id}`
    case "ForgetLesson":
      return `/lessons forget ${input.id}`
    case "Learn":
      return `/learn${input.on === undefined ? "" : input.on ? " on" : " off"}`
    case "Correct":
      return `/no ${input.correction}`
    case "Instead":
      return input.call === undefined ? "/do" : `/do ${input.call.tool} ${JSON.stringify(input.call.arguments)}`
    case "ShowPermissions":
      return "/permissions"
    case "TestPermission":
      return `/permissions test ${input.kind} ${input.what}`
    case "AddPermission":
      return `/permissions ${input.saved ? "always" : input.effect} ${input.kind} ${input.pattern ?? ""}`
    case "RevokePermission":
      return `/permissions revoke ${input.number}`
    case "UndoChange":
      return "/undo"
    case "ShowSessions":
      return "/sessions"
    case "Clear":
      return "/clear"
    case "Help":
      return "/help"
    case "Quit":
      return "/quit"
  }
}

/** In-memory standard streams: lines in, text out, waiting for text to appear. */
export const pipes = () => {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  let written = ""
  const watchers = new Set<() => void>()
  stdout.on("data", (chunk: Buffer) => {
    written += chunk.toString("utf8")
    for (const watcher of Array.from(watchers)) watcher()
  })
  return {
    stdin,
    stdout,
    written: () => written,
    lines: () => written.split("\n").slice(0, -1),
    write: (text: string) => Effect.sync(() => void stdin.write(`${text}\n`)),
    sees: (text: string, from = 0) =>
      Effect.callback<void>((resume) => {
        const look = () => {
          if (!written.slice(from).includes(text)) return
          watchers.delete(look)
          resume(Effect.void)
        }
        watchers.add(look)
        look()
        return Effect.sync(() => watchers.delete(look))
      })
  }
}

const pipedHuman = (
  io: ReturnType<typeof pipes>,
  lines: Pick<Human, "answer" | "input" | "interrupt">
): Human => ({
  ...lines,
  sees: (text) => io.sees(text),
  written: Effect.sync(io.written),
  restored: Effect.sync(() => io.stdin.listenerCount("data") === 0 && io.stdin.isPaused())
})

export const jsonSubject: UiSubject = {
  name: "headless, JSON lines",
  refusal: "LineRefused",
  make: () => {
    const io = pipes()
    return {
      layer: headless({ output: "json", stdin: io.stdin, stdout: io.stdout, onExitCode: () => {} }),
      human: pipedHuman(io, {
        answer: (request, answer) =>
          io.sees(`"request":{"call":{"id":"${request.call.id}"`).pipe(
            Effect.andThen(io.write(JSON.stringify(answer)))
          ),
        input: (input) => io.sees("InputRequested").pipe(Effect.andThen(io.write(JSON.stringify(input)))),
        interrupt: io.write("{\"_tag\":\"Interrupt\"}")
      })
    }
  }
}

export const textSubject: UiSubject = {
  name: "headless, text",
  refusal: "a denial needs a correction",
  make: () => {
    const io = pipes()
    return {
      layer: headless({ output: "text", stdin: io.stdin, stdout: io.stdout, onExitCode: () => {} }),
      human: pipedHuman(io, {
        answer: (request, answer) => {
          const write = (line: string) =>
            io.sees(String(request.call.arguments["path"])).pipe(Effect.andThen(io.write(line)))
          switch (answer._tag) {
            case "Approve":
              return write("y")
            case "Always":
              return write(answer.saved ? "A" : "a")
            case "Deny":
              return write(`n ${answer.correction}`)
            case "Edit":
              return write(`e ${JSON.stringify(answer.arguments)}`)
            case "Note":
              return write(`f ${answer.text}`)
            case "Cancel":
              return write("c")
            case "Quit":
              return write("q")
          }
        },
        input: (input) => io.write(typedInput(input)),
        interrupt: io.write("/stop")
      })
    }
  }
}

export const inkSubject: UiSubject = {
  name: "ink",
  refusal: "a denial needs a correction",
  arrives: (answer) => answer._tag === "Edit" ? { ...answer, review: true } : answer,
  make: () => {
    const terminal = fakeTerminal({ rows: 24, columns: 100 })
    const clear = "\u0015"
    return {
      layer: ink({
        stdin: terminal.stdin,
        stdout: terminal.stdout,
        stderr: terminal.stdout,
        editor: "",
        settleMillis: 0
      }).pipe(Layer.provide(NodeServices.layer)),
      human: {
        answer: (request, answer) => {
          const type = (text: string) =>
            terminal.until((frame) =>
              frame.includes(String(request.call.arguments["path"]))
              && /y approve|y run as edited|Enter denies/.test(frame)
            ).pipe(
              // A refused correction leaves its field open: Esc, seen, goes back to the keys.
              Effect.flatMap((frame) =>
                frame.includes("Enter denies")
                  ? terminal.type("\u001b").pipe(Effect.andThen(terminal.until((now) => now.includes("y approve"))))
                  : Effect.void
              ),
              Effect.andThen(terminal.type(text))
            )
          /** A key that opens a field, then the text in it, then what sends it: together they would be a paste. */
          const typeInto = (key: string, help: string, text: string, send = "\r") =>
            type(key).pipe(
              Effect.andThen(terminal.until((frame) => frame.includes(help))),
              Effect.andThen(terminal.type(`${clear}${text}`)),
              // By then the text has been read; it need not be drawn, blank as it may be.
              Effect.andThen(Effect.promise(() => setImmediate())),
              Effect.andThen(terminal.type(send))
            )
          switch (answer._tag) {
            case "Approve":
              return type("y")
            case "Always":
              return type(answer.saved ? "A" : "a")
            case "Deny":
              return typeInto("n", "Enter denies", answer.correction)
            case "Edit":
              return typeInto("e", "Enter shows", JSON.stringify(answer.arguments))
            case "Note":
              return typeInto("f", "Tab only adds", answer.text, "\t")
            case "Cancel":
              return type("\u0003")
            case "Quit":
              return type("q")
          }
        },
        input: (input) => terminal.type(`${typedInput(input)}\r`),
        interrupt: terminal.type("\u0003"),
        sees: (text) => terminal.until(() => terminal.written().includes(text)).pipe(Effect.asVoid),
        written: Effect.sync(terminal.written),
        restored: Effect.sync(() => {
          const written = terminal.written()
          return !terminal.rawMode()
            && written.lastIndexOf("\u001b[?25h") > written.lastIndexOf("\u001b[?25l")
            && written.lastIndexOf("\u001b[?2004l") > written.lastIndexOf("\u001b[?2004h")
        })
      }
    }
  }
}
