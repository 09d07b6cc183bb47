import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { AgentEvent } from "../core/domain/Event.ts"
import { FeedbackStore } from "../core/FeedbackStore.ts"
import { ledger } from "../plugins/ledger/index.ts"
import { demoCopy } from "./helpers/DemoCopy.ts"
import { runProgram } from "./helpers/HeadlessProgram.ts"
import { runScript, type Script } from "./helpers/RunScript.ts"
import { approve, deny, edit, only, read, task, write } from "./helpers/Moves.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sessions-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const run = (directory: string, script: Script) => runScript(script, Layer.fresh(ledger(directory)))
const stored = <A, E>(directory: string, use: (store: FeedbackStore["Service"]) => Effect.Effect<A, E>) =>
  FeedbackStore.use(use).pipe(Effect.provide(Layer.fresh(ledger(directory))))

const continued = { fork: false }
const forked = { fork: true }

const startedId = (events: ReadonlyArray<AgentEvent>) => only(events, "SessionStarted")[0]?.sessionId ?? ""

describe("a session that goes on", () => {
  it.live("has the whole conversation in its next prompt, and is the same session", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const first = yield* run(directory, {
        inputs: [{ _tag: "Note", text: "we use pnpm" }, task("fix it")],
        script: [write, edit, "Fixed."],
        answers: [deny("use edit_lines"), approve]
      })
      const second = yield* run(directory, { inputs: [task("and now?")], script: ["Done."], resume: continued })
      assert.isTrue(
        second.prompts[0]?.endsWith(
          `<user>Note: we use pnpm</user><user>fix it</user><assistant>${write}</assistant>`
            + `<tool>Denied by the user. Correction: use edit_lines</tool><assistant>${edit}</assistant>`
            + "<tool>ran edit_lines</tool><assistant>Fixed.</assistant><user>and now?</user><assistant>"
        ),
        second.prompts[0]
      )
      assert.strictEqual(startedId(second.events), startedId(first.events))
      const [resumed] = only(second.events, "SessionResumed")
      assert.deepStrictEqual([resumed?.forked, resumed?.conversation.length], [false, 7])
      const sessions = yield* stored(directory, (store) => store.sessions)
      assert.deepStrictEqual(sessions.map(({ task, tasks }) => [task, tasks]), [["fix it", 2]])
    }))

  it.live("numbers its calls on, so that none shares an id with an earlier one", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const script = { inputs: [task("t")], script: [read, "Done."], answers: [approve] }
      const first = yield* run(directory, script)
      const second = yield* run(directory, { ...script, resume: continued })
      const third = yield* run(directory, { ...script, resume: forked })
      const ids = [first, second, third].flatMap(({ events }) =>
        only(events, "CallProposed").map(({ call }) => call.id)
      )
      assert.strictEqual(new Set(ids).size, 3, ids.join())
    }))

  it.live("starts after the last /clear", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* run(directory, {
        inputs: [task("old"), { _tag: "Clear" }, task("new")],
        script: ["Old done.", "New done."]
      })
      const next = yield* run(directory, { inputs: [task("more")], script: ["Done."], resume: continued })
      assert.notInclude(next.prompts[0] ?? "", "old")
      assert.include(next.prompts[0], "<user>new</user>")
    }))

  it.live("is chosen by the beginning of its id; what is not there or not unique is said", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const wrong = (resume: Script["resume"]) =>
        Effect.flip(run(directory, { inputs: [], script: [], ...(resume === undefined ? {} : { resume }) }))
      assert.include((yield* wrong(continued)).message, "no session to go on with")
      const first = yield* run(directory, { inputs: [task("one")], script: ["Done."] })
      yield* run(directory, { inputs: [task("two")], script: ["Done."] })
      assert.include((yield* wrong({ id: "zz", fork: false })).message, "No session of this adapter begins with zz")
      const id = startedId(first.events)
      assert.include((yield* wrong({ id: "", fork: false })).message, "2 sessions")
      const next = yield* run(directory, {
        inputs: [task("three"), { _tag: "ShowSessions" }],
        script: ["Done."],
        resume: { id: id.slice(0, 8), fork: false }
      })
      assert.include(next.prompts[0], "<user>one</user>")
      assert.notInclude(next.prompts[0] ?? "", "two")
      const [shown] = only(next.events, "SessionsShown")
      assert.strictEqual(shown?.current, id)
      assert.deepStrictEqual(shown?.sessions.map(({ task, tasks }) => [task, tasks]), [["one", 2], ["two", 1]])
    }))
})

describe("a long conversation", () => {
  const long = { output: "line of output\n".repeat(150), success: true }

  it.live("loses old outputs first, then whole turns; how full the context is and what was left out is told", () =>
    Effect.gen(function*() {
      const out = yield* run(yield* folder, {
        inputs: [task("one"), task("two"), task("three")],
        script: [read, "Read.", read, "Read again.", read, "Done."],
        answers: [approve, approve, approve],
        run: () => Effect.succeed(long),
        contextLength: 5000
      })
      const uses = only(out.events, "ContextUsed").map(({ context }) => context)
      assert.deepStrictEqual(uses.map(({ shortened }) => shortened > 0), [false, false, false, true, true, true])
      for (const [at, { of, tokens }] of uses.entries()) {
        assert.deepStrictEqual([tokens, of], [out.samples[at]?.promptIds.length, 4000])
        assert.isAtMost(tokens, of)
      }
      assert.include(out.prompts[3], "[older output left out: 151 lines]")
    }))

  it.live("keeps a line on each turn that is left out, and the notes and corrections of it", () =>
    Effect.gen(function*() {
      const words = `${"y".repeat(950)} that is all.`
      const out = yield* run(yield* folder, {
        inputs: [
          { _tag: "Note", text: "use pnpm" },
          task("first"),
          task("second"),
          task("third"),
          task("fourth"),
          task("fifth")
        ],
        script: [words, words, words, words, "Done."],
        contextLength: 5000
      })
      const last = out.prompts.at(-1) ?? ""
      assert.include(last, "<user>Note: What was done before, shortened:\n- \"first\": you said \"yyy")
      assert.include(last, "<user>Note: use pnpm</user>")
      assert.include(last, "<user>fifth</user>")
      assert.isAbove(only(out.events, "ContextUsed").at(-1)?.context.dropped ?? 0, 0)
    }))

  it.live("begins with what AGENTS.md says, as far as a quarter of the context goes; small models go without", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const first = (contextLength: number, instructions: string) =>
        Effect.map(
          run(directory, { inputs: [task("t")], script: ["Done."], contextLength, instructions }),
          ({ events, prompts }) => ({
            prompt: prompts[0] ?? "",
            told: only(events, "Notice").map(({ message }) => message)
          })
        )
      const whole = yield* first(5000, "Use tabs.\nNever push.")
      assert.include(whole.prompt, "The project's instructions:\nUse tabs.\nNever push.</system>")
      assert.deepStrictEqual(whole.told, ["Read /work/AGENTS.md (21 tokens)."])
      const cut = yield* first(5000, "Use tabs.\n".repeat(300))
      assert.include(cut.prompt, `Use tabs.\n[the rest is left out]</system>`)
      assert.match(cut.told[0] ?? "", /only the first 1000 tokens/)
      const small = yield* first(4096, "Use tabs.")
      assert.notInclude(small.prompt, "instructions")
      assert.deepStrictEqual(small.told, [])
    }))
})

describe("a fork", () => {
  it.live("begins with the conversation as it was then, and leaves the session as it is", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const first = yield* run(directory, { inputs: [task("one")], script: ["First."] })
      const fork = yield* run(directory, { inputs: [task("left")], script: ["Left."], resume: forked })
      assert.notStrictEqual(startedId(fork.events), startedId(first.events))
      const id = startedId(first.events)
      yield* run(directory, { inputs: [task("right")], script: ["Right."], resume: { id, fork: false } })

      const ends = yield* Effect.forEach(
        [id, startedId(fork.events)],
        (one) => stored(directory, (store) => store.session(one))
      )
      assert.deepStrictEqual(
        ends.map(({ conversation }) => conversation.map((message) => "text" in message ? message.text : "")),
        [["one", "First.", "right", "Right."], ["one", "First.", "left", "Left."]]
      )
      const sessions = yield* stored(directory, (store) => store.sessions)
      assert.deepStrictEqual(sessions.map(({ forkedFrom, task }) => [task, forkedFrom]), [
        ["one", undefined],
        ["left", id]
      ])
    }))

  it.live("does not bring back what was forgotten", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* run(directory, {
        inputs: [task("t")],
        script: [write, read, "Done."],
        answers: [deny("use SECRETWORD"), approve]
      })
      yield* run(directory, { inputs: [task("more")], script: ["Done."], resume: forked })
      const [lesson] = yield* stored(directory, (store) => store.lessons)
      const id = lesson?.lesson.id ?? ""
      yield* run(directory, { inputs: [{ _tag: "ForgetLesson", id }], script: [] })
      const next = yield* run(directory, { inputs: [task("again")], script: ["Done."], resume: continued })
      assert.notInclude(next.prompts[0] ?? "", "SECRETWORD")
      assert.include(next.prompts[0], `<user>t</user><assistant>${read}</assistant>`)
      assert.notInclude(readFileSync(join(directory, "ledger.sqlite"), "latin1"), "SECRETWORD")
    }))
})

describe("the whole program", () => {
  const sleeps = { _tag: "Edit", arguments: { command: "touch begun; sleep 30" } } as const

  it.live("goes on after a kill from all that was shown, and knows that a command had begun", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const killed = yield* runProgram({
        directory,
        args: ["enable_training=false", "-p", "run the tests"],
        answer: () => sleeps,
        watch: (line, kill) => {
          if (line._tag === "ToolStarted" && line.call.tool === "bash") kill("SIGKILL")
        }
      })
      assert.strictEqual(killed.code, null)
      const next = yield* runProgram({
        directory,
        args: ["enable_training=false", "--continue", "-p", "run the tests"],
        answer: () => ({ _tag: "Cancel" })
      })
      const [resumed] = only(next.lines, "SessionResumed")
      const conversation = resumed?.conversation ?? []
      assert.deepStrictEqual(conversation[0], { _tag: "User", text: "run the tests" })
      const last = conversation.at(-1)
      assert.strictEqual(last?._tag === "ToolResult" ? last.call.arguments["command"] : "", sleeps.arguments.command)
      assert.match(last?._tag === "ToolResult" ? last.output : "", /ended before this was done/)
      assert.deepStrictEqual(
        [only(next.lines, "SessionStarted")[0]?.sessionId, next.code],
        [only(killed.lines, "SessionStarted")[0]?.sessionId, 3],
        next.errors
      )
    }))

  it.live("takes back what a call wrote, also in the next session, and the model knows", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const calc = () => readFileSync(join(directory, "src/calc.js"), "utf8")
      const before = calc()
      const first = yield* runProgram({
        directory,
        args: ["enable_training=false", "-p", "fix the test"],
        answer: () => ({ _tag: "Approve" })
      })
      assert.notStrictEqual(calc(), before, first.errors)
      let asked = 0
      const second = yield* runProgram({
        directory,
        args: ["enable_training=false", "--continue", "ui=headless"],
        answer: () => undefined,
        watch: (line, _, say) => {
          if (line._tag === "InputRequested") say(asked++ === 0 ? { _tag: "UndoChange" } : { _tag: "Quit" })
        }
      })
      assert.strictEqual(calc(), before)
      const [undone] = only(second.lines, "ChangeUndone").map((event) => event.undone)
      assert.deepInclude(undone, { _tag: "Undone", path: "src/calc.js", removed: false })
      const last = yield* FeedbackStore.use((store) =>
        Effect.flatMap(store.sessions, ([newest]) => store.session(newest?.id ?? ""))
      ).pipe(Effect.provide(ledger(join(directory, ".continualcode"))))
      assert.deepStrictEqual(last.conversation.at(-1), {
        _tag: "Note",
        text: "I took back your last change of src/calc.js: it is as it was before."
      })
    }))

  it.live("says with code 2 that there is nothing to go on with", () =>
    Effect.gen(function*() {
      const directory = yield* demoCopy
      const next = yield* runProgram({ directory, args: ["--resume", "abc", "-p", "t"], answer: () => undefined })
      assert.strictEqual(next.code, 2)
      assert.include(next.errors, "There is no session to go on with here.")
    }))
})
