import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { toolCallText } from "../core/prompt/ToolCallText.ts"
import { ledger } from "../plugins/ledger/index.ts"
import { fakeTokenizer } from "./helpers/FakeBackend.ts"
import type { Script } from "./helpers/RunScript.ts"
import { runScript } from "./helpers/RunScript.ts"
import { approve, deny, edit, only, read, task } from "./helpers/Moves.ts"

const run = Effect.fnUntraced(function*(script: Script) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "corrections-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  return yield* runScript(script, ledger(folder))
})

const no = (correction: string) => ({ _tag: "Correct", correction }) as const
const instead = (tool: string, given: Readonly<Record<string, unknown>>) =>
  ({ _tag: "Instead", call: { tool, arguments: given } }) as const
const shown = (path: string) =>
  `I would read it:\n\n\`\`\`json\n{"name": "read", "arguments": {"path": "${path}"}}\n\`\`\`\n\nOr not.`
const decoded = fakeTokenizer.decode

describe("an answer in words", () => {
  it.live("is denied: the lesson is what was said, and it is tried again", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("read a.js"), no("do it, with read")],
        script: ["You can read it.", read, "Done."],
        learnsFromRetry: true,
        answers: [approve]
      })
      const [lesson, retry] = out.lessons
      assert.strictEqual(lesson?.kind, "denial")
      assert.strictEqual(lesson?.attempt.text, "You can read it.")
      assert.deepStrictEqual(lesson?.attempt.promptIds, out.samples[0]?.promptIds)
      assert.deepStrictEqual(lesson?.call.arguments, { text: "You can read it." })
      assert.isUndefined(lesson?.askedAgain)
      assert.include(decoded(lesson?.teacherPromptIds ?? []), "Correction: do it, with read")
      assert.strictEqual(retry?.kind, "retry")
      assert.deepStrictEqual(retry?.correctedCall?.tool, "read")
      assert.isTrue(
        out.prompts[1]?.endsWith(
          "<assistant>You can read it.</assistant><tool>Denied by the user. Correction: do it, with read</tool><assistant>"
        )
      )
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["read"])
      assert.deepStrictEqual(out.report, { lastTurn: "Finished" })
    }))

  it.live("shows a call that can be made the wanted one at once", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("read a.js"), { _tag: "Instead" }],
        script: [shown("a.js"), "Done."]
      })
      const wanted = { tool: "read", arguments: { path: "a.js" } }
      assert.deepStrictEqual(only(out.events, "Correctable")[0]?.wanted, wanted)
      const [lesson] = out.lessons
      assert.strictEqual(lesson?.kind, "edit")
      assert.strictEqual(lesson?.attempt.text, shown("a.js"))
      assert.strictEqual(lesson?.correctedCall?.tool, "read")
      assert.deepStrictEqual(only(out.events, "VerdictGiven")[0]?.verdict, { _tag: "Edit", ...wanted })
      assert.deepStrictEqual(out.runs.map(({ arguments: given, tool }) => ({ tool, arguments: given })), [wanted])
      assert.isTrue(out.prompts[1]?.endsWith(`<assistant>${read}</assistant><tool>ran read</tool><assistant>`))
      assert.strictEqual(out.requests.length, 0)
    }))

  it.live("takes no call that cannot run, that a rule forbids or that nobody named, and can still be corrected", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [
          task("read a.js"),
          { _tag: "Instead" },
          instead("rename", { path: "a.js" }),
          instead("read", {}),
          instead("write", { path: "a.js" }),
          instead("read", { path: "a.js" })
        ],
        rules: [{ tool: "write", effect: "deny" }],
        script: ["You can read it.", "Done."]
      })
      const failures = only(out.events, "Failure").map(({ message }) => message)
      assert.match(failures[0] ?? "", /No call was found/)
      assert.match(failures[1] ?? "", /no tool rename/)
      assert.match(failures[2] ?? "", /path must be a string/)
      assert.match(failures[3] ?? "", /A rule forbids/)
      assert.strictEqual(failures.length, 4)
      assert.strictEqual(out.lessons.length, 1)
      assert.strictEqual(out.lessons[0]?.correctedCall?.tool, "read")
    }))

  it.live("steers without a lesson when nothing trains", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("read a.js"), no("use read")],
        script: ["You can.", read, "Done."],
        answers: [approve],
        training: false
      })
      assert.deepStrictEqual(out.lessons, [])
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["read"])
    }))

  it.live("after work, /no is about the call that ran, and again about the answer", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("look"), no("use edit_lines"), no("say what you saw"), no("once more")],
        script: [read, "Done.", "I saw a.js."],
        answers: [approve]
      })
      assert.deepStrictEqual(out.lessons.map(({ attempt }) => attempt.text), [read, "Done.", "I saw a.js."])
      assert.deepStrictEqual(only(out.events, "Failure"), [])
    }))

  it.live("of a later task is what /no is about, not what ran before it", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("look"), task("go on"), no("go on with edit_lines")],
        script: [read, "Done.", "I have gone on.", "Well."],
        answers: [approve]
      })
      assert.deepStrictEqual(out.lessons.map(({ attempt }) => attempt.text), ["I have gone on."])
    }))
})

describe("a turn that cannot be used", () => {
  const rename = toolCallText("rename", { path: "a.js" })

  it.live("is asked again, then the human: the lesson is what it said unasked", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("rename it"), instead("edit_lines", { path: "a.js" })],
        script: [rename, toolCallText("move", {}), "<tool_call>{\"name\"", "Done."]
      })
      assert.deepStrictEqual(only(out.events, "Reasked").map(({ text }) => text), [
        rename,
        toolCallText("move", {}),
        "<tool_call>{\"name\""
      ])
      assert.match(only(out.events, "Failure")[0]?.message ?? "", /\/no.*\/do.*other words/)
      const [lesson] = out.lessons
      assert.strictEqual(lesson?.attempt.text, rename)
      assert.strictEqual(lesson?.call.tool, "rename")
      assert.deepStrictEqual(lesson?.attempt.promptIds, out.samples[0]?.promptIds)
      assert.notInclude(decoded(lesson?.teacherPromptIds ?? []), "Answer again")
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["edit_lines"])
      assert.deepStrictEqual(out.report, { lastTurn: "Finished" })
    }))

  it.live("leaves no trace in the prompt of the lesson that a later call gives", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("change it")],
        script: [rename, read, edit, "Done."],
        learnsFromRetry: true,
        answers: [deny("use edit_lines"), approve]
      })
      const [lesson, retry] = out.lessons
      assert.strictEqual(lesson?.attempt.text, read)
      assert.isTrue(lesson?.askedAgain)
      assert.deepStrictEqual(lesson?.attempt.promptIds, out.samples[0]?.promptIds)
      assert.notInclude(decoded(lesson?.teacherPromptIds ?? []), "rename")
      assert.include(decoded(out.samples[1]?.promptIds ?? []), "Answer again")
      assert.deepStrictEqual(retry?.attempt.promptIds, out.samples[0]?.promptIds)
    }))

  it.live("that cannot be read is a lesson as well", () =>
    Effect.gen(function*() {
      const broken = "<tool_call>\n{\"name\": \"read\", \"arguments\""
      const out = yield* run({
        inputs: [task("read a.js"), no("close the call")],
        script: [broken, broken, broken, read, "Done."],
        learnsFromRetry: true,
        answers: [approve]
      })
      assert.strictEqual(out.lessons[0]?.attempt.text, broken)
      assert.deepStrictEqual(out.lessons[0]?.call.arguments, { text: broken })
      assert.strictEqual(out.lessons[1]?.kind, "retry")
    }))
})
