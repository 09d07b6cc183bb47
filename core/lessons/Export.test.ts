import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { call, lesson, skipped, stepped } from "../../test/helpers/Lessons.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { LessonEntry } from "../domain/LessonEntry.ts"
import { exportLessons, RawLesson } from "./Export.ts"

const entry = (made: Lesson, more: Partial<LessonEntry> = {}): LessonEntry => ({
  number: 1,
  id: made.id,
  at: made.at,
  sessionId: "s1",
  kind: made.kind,
  modelIdentity: made.modelIdentity,
  shape: "rank 16",
  state: "active",
  lesson: made,
  outcome: stepped(made.id, 1),
  trainedWith: { objective: "sdpo", settings: { advantageClip: Infinity, teacher: "base" }, backend: "b", engine: "e" },
  ...more
})

const conversation = [{ _tag: "User", text: "fix the test" }, { _tag: "Note", text: "node only" }] as const
const attempt = (text: string) => ({ text, promptIds: [1], ids: [2], logProbs: [-0.5] })
const wanted = call("edit_lines", { path: "a.js" })
const wantedText = `<tool_call>\n{"name": "edit_lines", "arguments": {"path": "a.js"}}\n</tool_call>`
const prompt = [{ role: "user", content: "fix the test" }, { role: "user", content: "Note: node only" }]

const denied = lesson("denied", { attempt: attempt("I write it"), conversation })
const retry = lesson("retry", {
  kind: "retry",
  parent: "denied",
  correctedCall: wanted,
  attempt: attempt("I edit it"),
  conversation
})
const edited = lesson("edited", { kind: "edit", correctedCall: wanted, attempt: attempt("I wrote"), conversation })
const alone = lesson("alone", { conversation })
const all = [
  entry(denied),
  entry(retry, { outcome: skipped, state: "skipped" }),
  entry(edited),
  entry(alone),
  entry(lesson("gone"), { state: "undone" }),
  entry(lesson("old"), { state: "undone" })
]

describe("exported lessons", () => {
  it("are, raw, everything that is in force, and decode to what they were", () => {
    const { left, lines } = exportLessons(all, "raw")
    const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(RawLesson)))
    const read = lines.map((line) => decode(line))
    assert.deepStrictEqual([left, read.map((one) => one.lesson)], [0, [denied, retry, edited, alone]])
    assert.deepStrictEqual(read[0]?.trainedWith, all[0]?.trainedWith)
    assert.deepStrictEqual(read[1]?.outcome, skipped)
  })

  it("are, as demonstrations, the wanted turns under the conversation before them", () => {
    const { left, lines } = exportLessons(all, "sft")
    assert.deepStrictEqual(left, 1)
    assert.deepStrictEqual(lines.map((line) => JSON.parse(line)), [
      { messages: [...prompt, { role: "assistant", content: "I edit it" }], lesson: "retry" },
      { messages: [...prompt, { role: "assistant", content: wantedText }], lesson: "edited" }
    ])
  })

  it("are, as preferences, the wanted turn over the denied one", () => {
    const { lines } = exportLessons(all, "dpo")
    const pair = (id: string, chosen: string, rejected: string) => ({
      prompt,
      chosen: [{ role: "assistant", content: chosen }],
      rejected: [{ role: "assistant", content: rejected }],
      lesson: id
    })
    assert.deepStrictEqual(lines.map((line) => JSON.parse(line)), [
      pair("retry", "I edit it", "I write it"),
      pair("edited", wantedText, "I wrote")
    ])
  })
})
