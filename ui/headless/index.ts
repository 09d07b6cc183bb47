import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type { Readable, Writable } from "node:stream"
import type { UserInput } from "../../core/domain/UserInput.ts"
import { Ui } from "../../core/Ui.ts"
import { Inbox, type Judgement } from "./Inbox.ts"
import { jsonSurface } from "./JsonSurface.ts"
import { makeLineCutter, type RawLine } from "./Lines.ts"
import type { Said, Surface } from "./Surface.ts"
import { count, emptyTally, resultOf } from "./Tally.ts"
import { textSurface } from "./TextSurface.ts"
import { makeWriter } from "./Writer.ts"

export interface HeadlessOptions {
  /** `json`: one object per line (docs/headless.md). `text`: a log for people, answers as short lines. */
  readonly output: "text" | "json"
  /** Runs this one task and quits when its turn is over. */
  readonly prompt?: string
  readonly stdin?: Readable
  readonly stdout?: Writable
  /** Receives the exit code when the interface closes; default: sets the process's exit code. */
  readonly onExitCode?: (code: number) => void
}

const setProcessExitCode = (code: number) => {
  if (code !== 0) process.exitCode = code
}

const make = <Item>(surface: Surface<Item>, options: HeadlessOptions) =>
  Effect.gen(function*() {
    const { onExitCode = setProcessExitCode, stdin = process.stdin, stdout = process.stdout } = options
    const inbox = new Inbox<Item>()
    const interrupts = new Set<() => void>()
    let tally = emptyTally
    let prompt = options.prompt
    let readerGone = false

    const interrupt = () => {
      tally = { ...tally, interrupted: tally.running }
      for (const listener of Array.from(interrupts)) listener()
    }
    // Nobody reads: what runs is stopped, and every later request ends the session.
    const writer = makeWriter(stdout, () => {
      readerGone = true
      interrupt()
      inbox.end()
    })

    const receive = (raw: RawLine) => {
      if (raw._tag === "Bad") return writer.write(surface.unreadable(raw.text, raw.problem))
      const read = surface.read(raw.text)
      if (read === "interrupt") return interrupt()
      if ("refused" in read) return writer.write(read.refused)
      inbox.push(read.item)
    }
    const cutter = makeLineCutter()
    const onData = (chunk: Uint8Array | string) => {
      for (const raw of cutter.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk)) receive(raw)
    }
    const onEnd = () => {
      for (const raw of cutter.end()) receive(raw)
      inbox.end()
    }

    yield* Effect.acquireRelease(
      Effect.sync(() => {
        stdin.on("data", onData)
        stdin.once("end", onEnd)
        stdin.once("error", onEnd)
      }),
      (_, exit) =>
        Effect.gen(function*() {
          stdin.off("data", onData)
          stdin.off("end", onEnd)
          stdin.off("error", onEnd)
          stdin.pause()
          const stopped = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
          const result = resultOf({
            ...tally,
            failed: tally.failed || readerGone || (Exit.isFailure(exit) && !stopped),
            interrupted: tally.interrupted || stopped
          })
          writer.write(surface.result(result))
          yield* writer.flush
          writer.close()
          onExitCode(result.exitCode)
        })
    )

    const judged = <A>(judge: (item: Item) => Said<A>) => (item: Item): Judgement<A> => {
      const said = judge(item)
      if (said === "leave" || "take" in said) return said
      writer.write(said.refused)
      return "drop"
    }
    const ask = <A>(judge: (item: Item) => Said<A>): Effect.Effect<A | undefined> =>
      Effect.callback((resume) => {
        // Resumed after the whole chunk is in the inbox: lines that came together count as written ahead.
        const withdraw = inbox.ask(judged(judge), (value) => queueMicrotask(() => resume(Effect.succeed(value))))
        return Effect.sync(withdraw)
      })

    const quit: UserInput = { _tag: "Quit" }
    return Ui.of({
      name: `headless ${options.output}`,
      show: (event) =>
        Effect.sync(() => {
          tally = count(tally, event)
          writer.write(surface.event(event))
        }),
      approve: (request) =>
        Effect.suspend(() => {
          writer.write(surface.approvalRequested(request))
          return ask((item) => surface.judgeAnswer(request, item))
        }).pipe(
          Effect.map((answer) => answer ?? { _tag: "Cancel" } as const),
          Effect.tap((answer) =>
            Effect.sync(() => {
              if (answer._tag === "Cancel" || answer._tag === "Quit") tally = { ...tally, unanswered: true }
            })
          )
        ),
      next: Effect.suspend((): Effect.Effect<UserInput> => {
        if (options.prompt !== undefined) {
          const input: UserInput = prompt === undefined ? quit : { _tag: "Task", text: prompt }
          prompt = undefined
          return Effect.succeed(input)
        }
        if (readerGone) return Effect.succeed(quit)
        writer.write(surface.inputRequested)
        return ask(surface.judgeInput).pipe(Effect.map((input) => input ?? quit))
      }),
      interrupted: Effect.callback((resume) => {
        const listener = () => resume(Effect.void)
        interrupts.add(listener)
        return Effect.sync(() => interrupts.delete(listener))
      })
    })
  })

/**
 * The interface without a terminal: events on standard output, answers from standard input. Asks for nothing that a script
 * cannot give; when the input ends while a call waits, the turn is cancelled, never denied, so nothing is learned from it.
 */
export const headless = (options: HeadlessOptions): Layer.Layer<Ui> =>
  Layer.effect(Ui, options.output === "json" ? make(jsonSurface, options) : make(textSurface, options))
