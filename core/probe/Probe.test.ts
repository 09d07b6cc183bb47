import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { said } from "../Turn.ts"
import { call, lesson as made } from "../../test/helpers/Lessons.ts"
import { sampleLesson } from "../../test/helpers/SampleEvents.ts"
import type { Lesson } from "../domain/Lesson.ts"
import { toolCallText } from "../prompt/ToolCallText.ts"
import { decodeProbes, isViolated } from "./Probe.ts"
import { lessonQuestions, projectQuestions } from "./Questions.ts"
import { freshConversation, rephrasings } from "./Rephrase.ts"

const npm = toolCallText("bash", { command: "npm install zod" })
const pnpm = toolCallText("bash", { command: "pnpm add zod" })

describe("a project's probes", () => {
  it.effect("are read line by line, blank lines and comments left out", () =>
    Effect.gen(function*() {
      const text = `# installs\n\n{"id": "a", "task": "install zod", "forbid": {"pattern": "npm install"}}\r\n// more\n`
        + `{"task": "fix it", "want": {"tool": "read"}}\n`
      assert.deepStrictEqual(yield* decodeProbes(text, "p.jsonl"), [
        { id: "a", task: "install zod", forbid: { pattern: "npm install" } },
        { task: "fix it", want: { tool: "read" } }
      ])
    }))

  it.effect("that are wrong are named by file and line", () =>
    Effect.gen(function*() {
      const problem = (text: string) =>
        decodeProbes(text, "p.jsonl").pipe(Effect.flip, Effect.map(({ message }) => message))
      assert.match(yield* problem("\n{\"task\": \"x\"}"), /^p\.jsonl, line 2: .*forbid or want/)
      assert.match(yield* problem("{\"task\": \"x\", \"want\": {\"pattern\": \"(\"}}"), /line 1: .*regular expression/)
      assert.match(yield* problem("{\"task\": \"x\", \"wnat\": {}}"), /line 1/)
      assert.match(yield* problem("{"), /line 1/)
    }))

  it("are violated by a forbidden call, and by any turn that is not the wanted call", () => {
    const forbid = { task: "t", forbid: { tool: "bash", pattern: "\"npm install" } }
    assert.deepStrictEqual([npm, pnpm, "Done."].map((turn) => isViolated(forbid, said(turn))), [true, false, false])
    const want = { task: "t", want: { pattern: "pnpm add" } }
    assert.deepStrictEqual([npm, pnpm, "Done."].map((turn) => isViolated(want, said(turn))), [true, false, true])
  })
})

describe("other ways to say a task", () => {
  it("are wrappings that stay the same for the same lesson", () => {
    const [first, second] = rephrasings("Install zod.", "l1", 2)
    assert.deepStrictEqual(rephrasings("Install zod.", "l1", 2), rephrasings("Install zod.", "l1", 2))
    assert.notStrictEqual(first, second)
    for (const way of [first, second]) assert.match(way ?? "", /install zod/i)
    assert.notInclude(rephrasings("please fix it", "l1", 7), "please fix it")
  })

  it("are put into a conversation that begins with the task", () => {
    const conversation = [
      { _tag: "User", text: "old" },
      { _tag: "User", text: "t" },
      { _tag: "Assistant", text: "a" }
    ] as const
    assert.deepStrictEqual(freshConversation(conversation, "t", "u"), [
      { _tag: "User", text: "u" },
      { _tag: "Assistant", text: "a" }
    ])
    assert.isUndefined(freshConversation(conversation, "x", "u"))
  })
})

describe("questions from lessons", () => {
  const lesson = (id: string, more: Partial<Lesson> = {}): Lesson => ({
    ...sampleLesson,
    id,
    task: "install zod",
    correction: "use pnpm",
    call: { id: "c", tool: "bash", arguments: { command: "npm install zod" } },
    conversation: [{ _tag: "User", text: "install zod" }],
    attempt: { ...sampleLesson.attempt, promptIds: [1, id.length, id.charCodeAt(1)] },
    ...more
  })

  it("ask the situation as it was and in other words; the denied call is the violation", () => {
    const asked = lessonQuestions([lesson("l1")])
    assert.deepStrictEqual(asked.map(({ id, source }) => [id, source]), [
      ["l1/0", "lesson"],
      ["l1/1", "paraphrase"],
      ["l1/2", "paraphrase"]
    ])
    assert.deepStrictEqual(asked[0]?.prompt, { conversation: [{ _tag: "User", text: "install zod" }] })
    const { conversation: _, ...bare } = lesson("l1")
    assert.deepStrictEqual(lessonQuestions([bare]).map(({ prompt }) => prompt), [{ ids: [1, 2, 49] }])
    assert.deepStrictEqual([npm, pnpm].map((turn) => asked[2]?.violates(said(turn))), [true, false])
  })

  it("leave out retries, doubles, what already told a correction, and what a later lesson contradicts", () => {
    const pnpmCall = { id: "c", tool: "bash", arguments: { command: "pnpm add ink" } }
    const told = [{ _tag: "User", text: "install zod" }, { _tag: "Correction", text: "use pnpm" }] as const
    const asked = lessonQuestions([
      lesson("l1"),
      lesson("l2", { kind: "retry", parent: "l1" }),
      lesson("l3", { conversation: told }),
      lesson("l4", {
        task: "other",
        conversation: [{ _tag: "User", text: "other" }],
        call: { id: "c", tool: "read", arguments: {} },
        correction: "look at the tests"
      }),
      lesson("l5", {
        conversation: [{ _tag: "User", text: "before" }, { _tag: "User", text: "other" }],
        task: "other",
        call: { id: "c", tool: "read", arguments: {} },
        correction: "no, the tests",
        attempt: { ...sampleLesson.attempt, promptIds: [1, 2, 52] }
      }),
      lesson("l6", { call: pnpmCall, correction: "use npm" })
    ])
    assert.deepStrictEqual([...new Set(asked.map(({ lessonId }) => lessonId))], ["l5", "l6"])
  })

  it("a project's own probe is asked in a fresh conversation", () => {
    const [question] = projectQuestions([{ task: "t", want: { tool: "read" } }])
    assert.deepStrictEqual(question?.prompt, { conversation: [{ _tag: "User", text: "t" }] })
    assert.strictEqual(question?.id, "probe-1")
  })
})

describe("the call that was wanted", () => {
  const wanted = call("edit_lines", { path: "a.js" })

  it("is an edit's own or the approved retry's, and is not known before one", () => {
    const ask = (...lessons: ReadonlyArray<Lesson>) =>
      lessonQuestions(lessons)[0]?.isWanted?.(said(toolCallText(wanted.tool, wanted.arguments)))
    assert.isUndefined(ask(made("l1")))
    assert.isTrue(ask(made("l1"), made("l2", { kind: "retry", parent: "l1", correctedCall: wanted })))
    assert.isTrue(ask(made("l1", { kind: "edit", correctedCall: wanted })))
    assert.isFalse(ask(made("l1", { kind: "edit", correctedCall: call("write", {}) })))
  })
})
