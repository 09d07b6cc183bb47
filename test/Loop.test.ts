import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FeedbackStore, FeedbackStoreError } from "../core/FeedbackStore.ts"
import { toolCallText } from "../core/prompt/ToolCallText.ts"
import { ledger } from "../plugins/ledger/index.ts"
import { fakeTokenizer } from "./helpers/FakeBackend.ts"
import type { Script } from "./helpers/RunScript.ts"
import { runScript } from "./helpers/RunScript.ts"
import { approve, deny, edit, only, read, task, write } from "./helpers/Moves.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "loop-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const run = Effect.fnUntraced(function*(script: Script) {
  return yield* runScript(script, ledger(yield* folder))
})

/** A real ledger with some operations replaced. */
const ledgerWith = (directory: string, changes: Partial<FeedbackStore["Service"]>) =>
  Layer.effect(FeedbackStore, FeedbackStore.use((store) => Effect.succeed(FeedbackStore.of({ ...store, ...changes }))))
    .pipe(
      Layer.provide(ledger(directory))
    )

describe("verdicts", () => {
  it.live("approve runs the call, gives the model its result and teaches nothing", () =>
    Effect.gen(function*() {
      const out = yield* run({ inputs: [task("look")], script: [read, "It is fine."], answers: [approve] })
      assert.deepStrictEqual(out.tags, [
        "SessionStarted",
        "UserMessage",
        "CallProposed",
        "VerdictGiven",
        "ToolStarted",
        "ToolFinished",
        "AssistantMessage",
        "TurnFinished",
        "SessionEnded"
      ])
      assert.strictEqual(out.revision, 0)
      assert.deepStrictEqual(out.lessons, [])
      assert.isTrue(
        out.prompts[1]?.endsWith(`<user>look</user><assistant>${read}</assistant><tool>ran read</tool><assistant>`)
      )
      assert.deepStrictEqual(out.report, { lastTurn: "Finished" })
    }))

  it.live("deny with a correction takes exactly one step, then retries with the new weights", () =>
    Effect.gen(function*() {
      const revisions: Array<number> = []
      const seen = (text: string) => (_: string, revision: number) => {
        revisions.push(revision)
        return text
      }
      const out = yield* run({
        inputs: [task("fix the test")],
        script: [seen(write), seen(edit), seen("Done.")],
        answers: [deny("  use edit_lines "), approve]
      })
      assert.deepStrictEqual(out.tags.slice(2), [
        "CallProposed",
        "VerdictGiven",
        "LearningStarted",
        "LearningProgress",
        "LearningFinished",
        "CallProposed",
        "VerdictGiven",
        "ToolStarted",
        "ToolFinished",
        "AssistantMessage",
        "TurnFinished",
        "SessionEnded"
      ])
      assert.deepStrictEqual(revisions, [0, 1, 1])
      assert.deepStrictEqual(only(out.events, "CallProposed").map(({ retry }) => retry), [false, true])
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["edit_lines"])
      assert.isTrue(
        out.prompts[1]?.endsWith(
          `<assistant>${write}</assistant><tool>Denied by the user. Correction: use edit_lines</tool><assistant>`
        )
      )
    }))

  it.live("a denial without text is refused and asked again", () =>
    Effect.gen(function*() {
      const out = yield* run({ inputs: [task("t")], script: [write], answers: [deny(" \n"), approve] })
      assert.match(out.requests[1]?.problem ?? "", /needs a correction/)
      assert.strictEqual(out.requests[1]?.call, out.requests[0]?.call)
      assert.strictEqual(out.lessons.length, 0)
      assert.strictEqual(out.runs.length, 1)
    }))

  it.live("edit takes one step, then runs and remembers the edited call", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t")],
        script: [write],
        answers: [{ _tag: "Edit", arguments: { path: 1 } }, { _tag: "Edit", arguments: { path: "b.js" } }]
      })
      assert.strictEqual(out.requests[1]?.problem, "path must be a string.")
      assert.strictEqual(out.lessons.length, 1)
      assert.strictEqual(out.lessons[0]?.kind, "edit")
      assert.strictEqual(
        out.lessons[0]?.correction,
        "make this call instead: {\"name\": \"write\", \"arguments\": {\"path\": \"b.js\"}}"
      )
      assert.deepStrictEqual(out.lessons[0]?.correctedCall?.arguments, { path: "b.js" })
      assert.deepStrictEqual(out.runs.map((call) => call.arguments), [{ path: "b.js" }])
      assert.isBelow(out.tags.indexOf("LearningFinished"), out.tags.indexOf("ToolStarted"))
      assert.isTrue(
        out.prompts[1]?.endsWith(
          `<assistant>${toolCallText("write", { path: "b.js" })}</assistant><tool>ran write</tool><assistant>`
        )
      )
    }))

  it.live("an edit to another tool says so in its verdict", () =>
    Effect.gen(function*() {
      const wanted = { tool: "read", arguments: { path: "b.js" } }
      const out = yield* run({ inputs: [task("t")], script: [write], answers: [{ _tag: "Edit", ...wanted }] })
      assert.deepStrictEqual(only(out.events, "VerdictGiven")[0]?.verdict, { _tag: "Edit", ...wanted })
      assert.deepStrictEqual(out.runs.map(({ arguments: given, tool }) => ({ tool, arguments: given })), [wanted])
    }))

  it.live("an edit to be reviewed is shown as it would run, and runs once that is approved", () =>
    Effect.gen(function*() {
      const to = (path: unknown) => ({ _tag: "Edit", arguments: { path }, review: true }) as const
      const out = yield* run({
        inputs: [task("t")],
        script: [write],
        needs: (call) => [{ kind: "write", path: String(call.arguments["path"]) }],
        preview: ({ arguments: { path } }) =>
          Effect.succeed(
            path === "gone.js"
              ? { _tag: "WouldFail", result: { output: "no such file", success: false } }
              : {
                _tag: "WouldRun",
                preview: { _tag: "Text", text: `would change ${String(path)}` },
                basis: String(path)
              }
          ),
        holds: (basis) => basis === "c.js",
        rules: [{ tool: "*", effect: "deny", kind: "write", pattern: "dist" }],
        answers: [
          to("b.js"),
          { _tag: "Always", saved: false },
          to(1),
          to("gone.js"),
          to("dist/b.js"),
          { _tag: "Note", text: "look" },
          to("c.js"),
          approve
        ]
      })
      assert.deepStrictEqual(out.runs.map((call) => call.arguments), [{ path: "c.js" }])
      const seen = out.requests.map(({ call, edited, grant, preview, problem }) => {
        assert.strictEqual(call, out.requests[0]?.call)
        assert.strictEqual(
          preview?._tag === "Text" && preview.text,
          `would change ${String((edited ?? call).arguments["path"])}`
        )
        return [edited?.arguments["path"], grant !== undefined, problem?.replace(/[:.].*/, "")]
      })
      assert.deepStrictEqual(seen, [
        [undefined, true, undefined],
        ["b.js", false, undefined],
        ["b.js", false, "No rule for such calls could be shown in full"],
        ["b.js", false, "path must be a string"],
        ["b.js", false, "As edited, the call will fail"],
        ["b.js", false, "A rule forbids the call as edited"],
        ["b.js", false, undefined],
        ["c.js", false, undefined]
      ])
      assert.deepStrictEqual(only(out.events, "VerdictGiven").map(({ verdict }) => verdict), [
        { _tag: "Edit", arguments: { path: "c.js" } }
      ])
      assert.strictEqual(out.lessons[0]?.kind, "edit")
    }))

  it.live("an edit that is reviewed and dropped leaves the call as proposed; a denial is of that", () =>
    Effect.gen(function*() {
      const to = (path: string) => ({ _tag: "Edit", arguments: { path }, review: true }) as const
      const dropped = yield* run({
        inputs: [task("t")],
        script: [write],
        answers: [to("b.js"), to("a.js"), approve]
      })
      assert.deepStrictEqual(dropped.requests.map(({ edited }) => edited?.arguments["path"]), [
        undefined,
        "b.js",
        undefined
      ])
      assert.deepStrictEqual(dropped.runs.map((call) => call.arguments), [{ path: "a.js" }])
      assert.deepStrictEqual(dropped.lessons, [])

      const denied = yield* run({ inputs: [task("t")], script: [write], answers: [to("b.js"), deny("use edit_lines")] })
      assert.deepStrictEqual(denied.lessons.map(({ call, kind }) => [kind, call.arguments]), [
        ["denial", { path: "a.js" }]
      ])
      assert.deepStrictEqual(denied.runs, [])
    }))

  it.live("an edit that changes nothing is an approval", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t")],
        script: [write],
        answers: [{ _tag: "Edit", arguments: { path: "a.js" } }]
      })
      assert.strictEqual(out.lessons.length, 0)
      assert.strictEqual(only(out.events, "VerdictGiven")[0]?.verdict._tag, "Approve")
    }))

  it.live("a note leaves the call waiting, teaches nothing, and stands in later student and teacher prompts", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t"), { _tag: "Note", text: "we use pnpm" }, task("again")],
        script: [read, "Done.", write, edit],
        answers: [{ _tag: "Note", text: "tabs, not spaces" }, approve, deny("no writes"), approve]
      })
      assert.strictEqual(out.requests[1]?.call, out.requests[0]?.call)
      assert.isTrue(
        out.prompts[1]?.includes(`<user>t</user><user>Note: tabs, not spaces</user><assistant>${read}</assistant>`)
      )
      const teacher = fakeTokenizer.decode(out.lessons[0]?.teacherPromptIds ?? [])
      assert.include(teacher, "Note: tabs, not spaces")
      assert.include(teacher, "Note: we use pnpm")
      assert.strictEqual(out.lessons.length, 1)
    }))

  it.live("cancelling and quitting while a call waits runs and teaches nothing", () =>
    Effect.gen(function*() {
      const cancelled = yield* run({ inputs: [task("t")], script: [write], answers: [{ _tag: "Cancel" }] })
      assert.deepStrictEqual(cancelled.tags.slice(2), ["CallProposed", "TurnCancelled", "SessionEnded"])
      assert.deepStrictEqual(cancelled.report, { lastTurn: "Unanswered" })
      const quit = yield* run({ inputs: [task("t"), task("u")], script: [write], answers: [{ _tag: "Quit" }] })
      assert.deepStrictEqual(quit.tags.slice(2), ["CallProposed", "SessionEnded"])
      assert.deepStrictEqual([...cancelled.lessons, ...quit.lessons, ...cancelled.runs, ...quit.runs], [])
    }))

  it.live("a failed tool suggests a correction for the next call, once, and never demands it", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t")],
        script: [read, write, edit],
        answers: [approve, approve, approve],
        run: (call) =>
          Effect.succeed(
            call.tool === "read"
              ? { output: "no such file", success: false, feedback: "a.js does not exist; glob first." }
              : { output: "ok", success: true }
          )
      })
      assert.deepStrictEqual(out.requests.map(({ suggestion }) => suggestion), [
        undefined,
        "a.js does not exist; glob first.",
        undefined
      ])
      assert.strictEqual(out.lessons.length, 0)
    }))
})

describe("teacher prompts", () => {
  const denial = (teacherSeesAttempt: boolean) =>
    run({
      inputs: [task("fix")],
      script: [write, edit],
      answers: [deny("use edit_lines"), approve],
      teacherSeesAttempt
    })

  it.live("hold the correction after the same system prompt and tools, without the attempt", () =>
    Effect.gen(function*() {
      const out = yield* denial(false)
      const [lesson] = out.lessons
      assert.strictEqual(
        fakeTokenizer.decode(lesson?.teacherPromptIds ?? []),
        out.prompts[0]?.replace(/<assistant>$/, "<user>Correction: use edit_lines</user><assistant>")
      )
      assert.isFalse(lesson?.teacherSeesAttempt)
    }))

  it.live("or with the attempt, when the trainer asks for it", () =>
    Effect.gen(function*() {
      const out = yield* denial(true)
      assert.strictEqual(fakeTokenizer.decode(out.lessons[0]?.teacherPromptIds ?? []), out.prompts[1])
    }))

  it.live("leave the attempt's own tokens untouched, end of turn included", () =>
    Effect.gen(function*() {
      const out = yield* denial(false)
      const attempt = out.lessons[0]?.attempt
      assert.deepStrictEqual(attempt?.ids, [...fakeTokenizer.encode(write), 0])
      assert.strictEqual(attempt?.logProbs.length, attempt?.ids.length)
      assert.deepStrictEqual(attempt?.promptIds, out.samples[0]?.promptIds)
    }))

  it.live("keep the correction in an over-long conversation", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("first"), task("second")],
        script: [read, "Done.", write, edit],
        answers: [approve, deny("use edit_lines"), approve],
        run: () => Effect.succeed({ output: "x".repeat(5000), success: true }),
        contextLength: 1400,
        maxTokens: 200
      })
      const teacher = fakeTokenizer.decode(out.lessons[0]?.teacherPromptIds ?? [])
      assert.isAtMost(teacher.length, 1200)
      assert.include(teacher, "Correction: use edit_lines")
      assert.include(teacher, "<user>second</user>")
      assert.strictEqual(out.revision, 1)
    }))

  it.live("that lose the correction make no step, and the human is told", () =>
    Effect.gen(function*() {
      const out = yield* run({ inputs: [task("t")], script: [write, edit], answers: [deny("never \0 this"), approve] })
      assert.match(only(out.events, "LearningFailed")[0]?.message ?? "", /correction does not survive/)
      assert.strictEqual(out.revision, 0)
      assert.strictEqual(out.report.lastTurn, "Finished")
    }))
})

describe("learning from the approved retry", () => {
  const script = { inputs: [task("fix")], script: [write, read, edit], learnsFromRetry: true }

  it.live("scores its tokens under the correction-free prompt, with all corrections for the teacher", () =>
    Effect.gen(function*() {
      const out = yield* run({ ...script, answers: [deny("no write"), deny("no read"), approve] })
      assert.deepStrictEqual(out.lessons.map(({ kind }) => kind), ["denial", "denial", "retry"])
      const retry = out.lessons[2]
      assert.deepStrictEqual(retry?.attempt.promptIds, out.samples[0]?.promptIds)
      assert.deepStrictEqual(retry?.attempt.ids, [...fakeTokenizer.encode(edit), 0])
      assert.strictEqual(retry?.parent, out.lessons[1]?.id)
      assert.strictEqual(retry?.correctedCall?.tool, "edit_lines")
      assert.isTrue(
        fakeTokenizer.decode(retry?.teacherPromptIds ?? []).endsWith(
          "<user>fix</user><user>Correction: no write</user><user>Correction: no read</user><assistant>"
        )
      )
      assert.strictEqual(out.revision, 3)
    }))

  it.live("not when it is off, nor from a retry that repeats what was denied", () =>
    Effect.gen(function*() {
      const off = yield* run({
        ...script,
        learnsFromRetry: false,
        answers: [deny("no write"), deny("no read"), approve]
      })
      const same = yield* run({ ...script, script: [write, write], answers: [deny("no write"), approve] })
      assert.deepStrictEqual(off.lessons.map(({ kind }) => kind), ["denial", "denial"])
      assert.deepStrictEqual(same.lessons.map(({ kind }) => kind), ["denial"])
    }))
})

describe("a denied call", () => {
  it.live("never comes back as its own retry, and the human is told that the weights alone would make it", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("fix")],
        script: [write, write, write, "Done.", toolCallText("fly", { path: "a" }), edit],
        answers: [deny("use edit_lines"), approve]
      })
      assert.deepStrictEqual(only(out.events, "CallProposed").map(({ call }) => call.tool), ["write", "edit_lines"])
      assert.deepStrictEqual(only(out.events, "Notice").map(({ message }) => /still make the call/.test(message)), [
        true
      ])
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["edit_lines"])
    }))

  it.live("is not made again either when it is all that the model finds", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("fix")],
        script: Array.from({ length: 12 }, () => write),
        answers: [deny("use edit_lines")]
      })
      assert.strictEqual(only(out.events, "CallProposed").length, 1)
      assert.match(only(out.events, "Failure")[0]?.message ?? "", /none beside those you denied.*other words\.$/)
    }))

  it.live("may be made again once another one was approved", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("fix")],
        script: [write, edit, write],
        answers: [deny("read first"), approve, approve]
      })
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["edit_lines", "write"])
    }))
})

describe("unusable turns", () => {
  it.live("are asked again, with the model's own message kept", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t")],
        script: [read + write, toolCallText("fly", { path: "a" }), read],
        answers: [approve]
      })
      assert.deepStrictEqual(only(out.events, "Reasked").map(({ reason }) => reason), [
        "There were 2 tool calls in one message.",
        "There is no tool fly."
      ])
      assert.include(
        out.prompts[1],
        `<user>t</user><assistant>${read}${write}</assistant><user>There were 2 tool calls`
      )
      assert.strictEqual(out.runs.length, 1)
    }))

  it.live("end the turn after three tries; the session goes on", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t"), task("u")],
        script: ["<tool_call>{", toolCallText("read", {}), "", "Hello."]
      })
      assert.strictEqual(only(out.events, "Reasked").length, 3)
      assert.match(only(out.events, "Failure")[0]?.message ?? "", /no usable call.*message was empty/)
      assert.strictEqual(only(out.events, "AssistantMessage")[0]?.text, "Hello.")
      assert.strictEqual(out.report.lastTurn, "Finished")
    }))

  it.live("say so when they were cut off", () =>
    Effect.gen(function*() {
      const out = yield* run({ inputs: [task("t")], script: [write, "Done, and more than that"], maxTokens: 20 })
      assert.match(only(out.events, "Reasked")[0]?.reason ?? "", /cut off/)
      assert.match(only(out.events, "Notice")[0]?.message ?? "", /max_tokens/)
    }))

  it.live("the same call three times in a row ends the turn", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t")],
        script: [read, read, read, read],
        answers: [approve, approve, approve, approve]
      })
      assert.strictEqual(out.runs.length, 2)
      assert.match(only(out.events, "Failure")[0]?.message ?? "", /same read call a third time/)
      assert.strictEqual(out.report.lastTurn, "Failed")
    }))
})

describe("steps that do not happen", () => {
  const denied = { inputs: [task("fix")], script: [write, edit], answers: [deny("use edit_lines"), approve] }

  it.live("a failing one leaves the weights, tells the human and goes on to the retry", () =>
    Effect.gen(function*() {
      const out = yield* run({ ...denied, behaviour: "fail" })
      assert.strictEqual(only(out.events, "LearningFailed")[0]?.message, "the loss is not finite.")
      assert.strictEqual(out.revision, 0)
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["edit_lines"])
    }))

  it.live("an interrupted one leaves the weights, tells the human, and the session goes on", () =>
    Effect.gen(function*() {
      const out = yield* run({
        ...denied,
        inputs: [task("fix"), task("hello")],
        script: [write, "Hi."],
        behaviour: "never",
        interruptOn: "LearningProgress"
      })
      assert.deepStrictEqual(out.tags.slice(4), [
        "LearningStarted",
        "LearningProgress",
        "LearningFailed",
        "TurnCancelled",
        "UserMessage",
        "AssistantMessage",
        "Correctable",
        "TurnFinished",
        "SessionEnded"
      ])
      assert.strictEqual(out.revision, 0)
      assert.include(out.prompts[1], "Correction: use edit_lines")
    }))

  it.live("an interrupt that comes once the step is committed does not deny it", () =>
    Effect.gen(function*() {
      const out = yield* run({ ...denied, interruptOn: "LearningFinished" })
      assert.deepStrictEqual(out.tags.slice(-3), ["LearningFinished", "TurnCancelled", "SessionEnded"])
      assert.strictEqual(out.revision, 1)
    }))

  it.live("one that cannot be stored is taken back", () =>
    Effect.gen(function*() {
      const broken = ledgerWith(yield* folder, {
        commitLesson: () => Effect.fail(new FeedbackStoreError({ reason: "Full", message: "the disk is full." }))
      })
      const out = yield* runScript(denied, broken)
      assert.strictEqual(only(out.events, "LearningFailed")[0]?.message, "the disk is full.")
      assert.strictEqual(out.revision, 0)
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["edit_lines"])
    }))

  it.live("a ledger that cannot record events is reported once", () =>
    Effect.gen(function*() {
      const broken = ledgerWith(yield* folder, {
        append: () => Effect.fail(new FeedbackStoreError({ reason: "Full", message: "the disk is full." }))
      })
      const out = yield* runScript(denied, broken)
      assert.deepStrictEqual(only(out.events, "Failure").map(({ message }) => /disk is full/.test(message)), [true])
      assert.strictEqual(out.revision, 1)
    }))

  it.live("with training off, denials only join the conversation", () =>
    Effect.gen(function*() {
      const out = yield* run({ ...denied, training: false })
      assert.strictEqual(out.lessons.length, 0)
      assert.strictEqual(out.revision, 0)
      assert.isFalse(out.tags.some((tag) => tag.startsWith("Learning")))
      assert.include(out.prompts[1], "Denied by the user. Correction: use edit_lines")
    }))

  it.live("an interrupted tool is recorded as such for the model", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("t"), task("u")],
        script: [read, "Hi."],
        answers: [approve],
        run: () => Effect.never,
        interruptOn: "ToolStarted"
      })
      assert.include(out.prompts[1], "<tool>Interrupted by the user before it was done.</tool>")
      assert.strictEqual(only(out.events, "TurnCancelled").length, 1)
    }))
})

describe("the adapter over sessions", () => {
  const denied = { inputs: [task("fix")], script: [write, edit], answers: [deny("use edit_lines"), approve] }

  it.live("comes back at the next start, exported every save_every steps", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const first = yield* runScript({ ...denied, saveEvery: 2 }, ledger(directory))
      const second = yield* runScript({ ...denied, saveEvery: 2 }, ledger(directory))
      assert.deepStrictEqual(first.exports, [])
      assert.deepStrictEqual(second.exports, ["/state/exports/step-000002"])
      assert.strictEqual(only(second.events, "SessionStarted")[0]?.revision, 1)
      assert.strictEqual(second.revision, 2)
    }))

  it.live("of another rank stays in the ledger, and the human is told", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* runScript(denied, ledger(directory))
      const other = yield* runScript({ inputs: [], script: [], rank: 8 }, ledger(directory))
      assert.match(only(other.events, "Notice")[0]?.message ?? "", /rank 16.*rank 8.*fresh/)
      const back = yield* runScript({ inputs: [], script: [] }, ledger(directory))
      assert.strictEqual(back.revision, 1)
    }))

  it.live("/metrics counts verdicts and steps, /clear keeps the adapter, /help helps", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("fix"), { _tag: "Clear" }, { _tag: "Help" }, { _tag: "ShowMetrics" }, task("new")],
        script: [write, edit, "Done.", "Fresh."],
        answers: [deny("use edit_lines"), approve]
      })
      const metrics = only(out.events, "MetricsShown")[0]?.metrics
      assert.deepStrictEqual([metrics?.denials, metrics?.approvals, metrics?.steps, metrics?.revision], [1, 1, 1, 1])
      assert.strictEqual(only(out.events, "HelpShown").length, 1)
      assert.isTrue(out.prompts.at(-1)?.endsWith("</system><user>new</user><assistant>"))
      assert.strictEqual(out.revision, 1)
    }))
})

describe("proof", () => {
  it.live("keeps approved calls with their tokens, and denied ones not", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* runScript(
        {
          inputs: [task("t")],
          script: [write, edit, read, "Done."],
          answers: [deny("use edit_lines"), approve, approve]
        },
        ledger(directory)
      )
      const turns = yield* FeedbackStore.use((store) => store.approvedTurns({ modelIdentity: "model-a", limit: 10 }))
        .pipe(
          Effect.provide(ledger(directory))
        )
      assert.deepStrictEqual(turns.map(({ call }) => call.tool), ["read", "edit_lines"])
      assert.deepStrictEqual(turns.map(({ adapterRevision }) => adapterRevision), [1, 1])
      assert.strictEqual(fakeTokenizer.decode(turns[1]?.attempt.ids ?? []), edit)
      assert.isTrue(
        fakeTokenizer.decode(turns[1]?.attempt.promptIds ?? []).endsWith("use edit_lines</tool><assistant>")
      )
    }))

  it.live("keeps nothing with training off", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* runScript({ inputs: [task("t")], script: [read], answers: [approve], training: false }, ledger(directory))
      const turns = yield* FeedbackStore.use((store) => store.approvedTurns({ modelIdentity: "model-a", limit: 10 }))
        .pipe(
          Effect.provide(ledger(directory))
        )
      assert.deepStrictEqual(turns, [])
    }))

  it.live("says when a correction was said before and when it contradicts one", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("fix a"), task("fix b")],
        script: [write, read, write, edit, read],
        answers: [
          deny("use edit_lines"),
          { _tag: "Cancel" },
          deny("please use edit_lines!"),
          deny("use write"),
          { _tag: "Cancel" }
        ]
      })
      const [first, second, third] = only(out.events, "LearningFinished").map(({ relations }) => relations)
      assert.deepStrictEqual(first, { times: 1, same: [] })
      assert.deepStrictEqual(second, { times: 2, same: out.lessons.slice(0, 1).map(({ id }) => id) })
      assert.strictEqual(third?.contradicts?.lessonId, out.lessons[1]?.id)
    }))

  it.live("/why shows the last lesson or an earlier one, and says so when there is none", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [{ _tag: "Why" }, task("t"), { _tag: "Why" }, { _tag: "Why", number: 2 }, { _tag: "Why", number: 3 }],
        script: [write, read],
        answers: [deny("use edit_lines"), deny("run the tests"), { _tag: "Cancel" }]
      })
      assert.deepStrictEqual(
        only(out.events, "WhyShown").map(({ card }) => [card.number, card.of, card.lesson.correction]),
        [[1, 2, "run the tests"], [2, 2, "use edit_lines"]]
      )
      const notices = only(out.events, "Notice").map(({ message }) => message)
      assert.match(notices[0] ?? "", /^Nothing was taught yet/)
      assert.match(notices[1] ?? "", /^There is no lesson 3/)
    }))

  it.live("/lessons lists, shows, undoes and forgets; the adapter follows", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [
          task("t"),
          { _tag: "ShowLessons" },
          { _tag: "UndoLesson" },
          { _tag: "ShowLesson", id: "nothing" },
          { _tag: "UndoLesson" },
          { _tag: "UndoLesson" },
          { _tag: "ShowLessons" }
        ],
        script: [write, read],
        answers: [deny("use edit_lines"), deny("run the tests"), { _tag: "Cancel" }]
      })
      const [before, after] = only(out.events, "LessonsShown").map(({ lessons }) =>
        lessons.map(({ correction, state }) => [correction, state])
      )
      assert.deepStrictEqual(before, [["use edit_lines", "active"], ["run the tests", "active"]])
      assert.deepStrictEqual(after, [["use edit_lines", "undone"], ["run the tests", "undone"]])
      assert.deepStrictEqual(
        only(out.events, "LessonsUndone").map(({ lessons, revision }) => [lessons[0]?.correction, revision]),
        [["run the tests", 1], ["use edit_lines", 0]]
      )
      const failures = only(out.events, "Failure").map(({ message }) => message)
      assert.strictEqual(failures.length, 2)
      assert.include(failures[0], "nothing")
      assert.include(failures[1], "no lesson to undo")
      assert.strictEqual(out.revision, 0)
    }))

  it.live("/lessons forget takes out what a lesson said", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      yield* runScript({ inputs: [task("t")], script: [write], answers: [deny("use edit_lines")] }, ledger(directory))
      const [lesson] = yield* FeedbackStore.use((store) => store.lessons).pipe(
        Effect.provide(Layer.fresh(ledger(directory)))
      )
      const out = yield* runScript(
        {
          inputs: [
            { _tag: "ShowLesson", id: lesson?.lesson.id ?? "" },
            { _tag: "ForgetLesson", id: lesson?.lesson.id ?? "" },
            { _tag: "ShowLessons" }
          ],
          script: [],
          answers: []
        },
        Layer.fresh(ledger(directory))
      )
      assert.strictEqual(only(out.events, "WhyShown")[0]?.card.lesson.correction, "use edit_lines")
      assert.isTrue(only(out.events, "LessonsUndone")[0]?.forgotten)
      const shown = only(out.events, "LessonsShown")[0]?.lessons[0]
      assert.strictEqual(shown?.state, "forgotten")
      assert.isUndefined(shown?.correction)
    }))

  it.live("/learn off stops teaching at once and is remembered; /learn on takes it up again", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [{ _tag: "Learn", on: false }, task("t"), { _tag: "Learn" }, { _tag: "Learn", on: true }, task("u")],
        script: [write, read, write],
        answers: [deny("use edit_lines"), { _tag: "Cancel" }, deny("use edit_lines"), { _tag: "Cancel" }]
      })
      assert.deepStrictEqual(only(out.events, "LearningSwitched").map(({ on }) => on), [false, false, true])
      assert.deepStrictEqual(out.switched, [false, true])
      assert.deepStrictEqual(out.lessons.map((lesson) => lesson.task), ["u"])
    }))
})
