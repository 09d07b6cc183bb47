import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Message } from "../domain/Message.ts"
import { chatMessage } from "./ChatMessages.ts"
import { fitConversation } from "./FitConversation.ts"

const size = (messages: ReadonlyArray<Message>): number =>
  messages.reduce((sum, message) => sum + 10 + chatMessage(message).content.length, 0)
const within = (limit: number) => (messages: ReadonlyArray<Message>): boolean => size(messages) <= limit

const call = { id: "1", tool: "read", arguments: {} }
const user = (text: string): Message => ({ _tag: "User", text })
const note = (text: string): Message => ({ _tag: "Note", text })
const assistant = (text: string): Message => ({ _tag: "Assistant", text })
const output = (text: string): Message => ({ _tag: "ToolResult", call, output: text, success: true })
const denied = (correction: string): Message => ({ _tag: "Denied", call, correction })
const long = "line of output\n".repeat(100)

const conversation = [
  user("first task"),
  assistant("a1"),
  output(long),
  note("use pnpm"),
  assistant("a2"),
  denied("never overwrite"),
  user("second task"),
  assistant("a3"),
  output("short"),
  user("third task"),
  assistant("a4"),
  output(long),
  assistant("a5"),
  output(`start\n${long}end`)
]

describe("fitConversation", () => {
  it("leaves a conversation that fits alone", () => {
    assert.deepStrictEqual(fitConversation(conversation, within(1e6)), {
      messages: conversation,
      shortened: 0,
      dropped: 0
    })
  })

  it("shortens the oldest outputs first and says so in their place", () => {
    const fitted = fitConversation(conversation, within(size(conversation) - 1000))
    assert.strictEqual(fitted?.shortened, 1)
    assert.strictEqual(fitted?.dropped, 0)
    assert.deepStrictEqual(fitted?.messages[2], output("[older output left out: 101 lines]"))
    assert.deepStrictEqual(fitted?.messages.slice(3), conversation.slice(3))
  })

  it("then drops the oldest turns, but keeps their notes and corrections", () => {
    const fitted = fitConversation(conversation, within(size(conversation) - 2 * long.length + 20))
    assert.deepStrictEqual(fitted?.messages.slice(0, 3), [
      note("use pnpm"),
      { _tag: "Correction", text: "never overwrite" },
      user("second task")
    ])
  })

  it("then cuts the middle of the newest output and says so", () => {
    const fitted = fitConversation(conversation, within(1200))
    const last = fitted?.messages.at(-1)
    assert.isTrue(
      last?._tag === "ToolResult" && /^start[\s\S]*\[\d+ characters left out\][\s\S]*end$/.test(last.output)
    )
    assert.isTrue(fitted !== undefined && size(fitted.messages) <= 1200)
    assert.deepStrictEqual(fitted?.messages[2], user("third task"))
  })

  it("then drops the oldest exchanges of the current turn", () => {
    const busy = [
      user("task"),
      ...Array.from({ length: 40 }, (_, i) => [assistant(`call ${i}`), denied(`c${i}`)]).flat()
    ]
    const fitted = fitConversation(busy, within(size(busy) - 100))
    assert.deepStrictEqual(fitted?.messages[0], user("task"))
    assert.deepStrictEqual(fitted?.messages[1], { _tag: "Correction", text: "c0" })
    assert.deepStrictEqual(fitted?.messages.slice(-2), busy.slice(-2))
  })

  it("gives up when what must stay is too long", () => {
    assert.isUndefined(fitConversation([user("x".repeat(100)), note("y")], within(50)))
  })

  it("with summaries, says of each turn that goes what was asked and done", () => {
    const done = (name: string, success: boolean): Message => ({
      _tag: "ToolResult",
      call: { id: name, tool: "bash", arguments: { command: `npm run ${name}` } },
      output: "short",
      success
    })
    const turns = [
      user("make it   build"),
      assistant("x"),
      done("build", false),
      assistant("It does not build."),
      user("x".repeat(1000)),
      assistant("y"),
      user("last")
    ]
    const fitted = fitConversation(turns, within(600), { summarised: true })
    assert.deepStrictEqual(fitted?.messages, [
      note(
        "What was done before, shortened:\n- \"make it build\": you said \"x\"; bash npm run build (failed); "
          + `you said "It does not build."\n- "${"x".repeat(79)}…": you said "y"`
      ),
      user("last")
    ])
    assert.notInclude(JSON.stringify(fitConversation(turns, within(600))?.messages), "What was done before")
  })

  it.effect.prop(
    "never parts a call from its result, whatever is left out",
    [Schema.Array(Schema.Literals(["task", "words", "call", "denied"])), Schema.Int, Schema.Boolean],
    ([kinds, limit, summarised]) =>
      Effect.sync(() => {
        const messages = kinds.flatMap((kind, index): ReadonlyArray<Message> => {
          const words = assistant(`${kind} ${index}`)
          const of = { ...call, id: String(index) }
          if (kind === "task") return [user(`task ${index}`)]
          if (kind === "call") return [words, { _tag: "ToolResult", call: of, output: long, success: true }]
          return kind === "denied" ? [words, { _tag: "Denied", call: of, correction: `no ${index}` }] : [words]
        })
        const fitted = fitConversation(messages, within(Math.abs(limit) % (size(messages) + 1)), { summarised })
        for (const [at, message] of (fitted?.messages ?? []).entries()) {
          if (message._tag !== "ToolResult" && message._tag !== "Denied") continue
          const before = fitted?.messages[at - 1]
          assert.match(
            before?._tag === "Assistant" ? before.text : "",
            new RegExp(`^(call|denied) ${message.call.id}$`)
          )
        }
        const results = (all: ReadonlyArray<Message>) =>
          all.filter(({ _tag }) => _tag === "ToolResult" || _tag === "Denied")
        const calls = (all: ReadonlyArray<Message>) =>
          all.filter((one) => one._tag === "Assistant" && /^(call|denied)/.test(one.text))
        if (fitted !== undefined) assert.strictEqual(calls(fitted.messages).length, results(fitted.messages).length)
      })
  )

  const AnyMessage = Schema.Union([
    Schema.TaggedStruct("User", { text: Schema.String }),
    Schema.TaggedStruct("Note", { text: Schema.String }),
    Schema.TaggedStruct("Assistant", { text: Schema.String })
  ])
  it.effect.prop(
    "what it returns fits, and holds every note, correction and the last task",
    [Schema.Array(AnyMessage), Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 }))],
    ([others, limit]) =>
      Effect.sync(() => {
        const messages: ReadonlyArray<Message> = [...others, denied("keep me"), user("the task"), output(long)]
        const fitted = fitConversation(messages, within(limit + 500))
        if (fitted === undefined) return
        assert.isAtMost(size(fitted.messages), limit + 500)
        const texts = fitted.messages.map((message) => chatMessage(message).content)
        assert.isTrue(texts.some((text) => text.includes("keep me")))
        assert.isTrue(texts.includes("the task"))
        for (const message of others) if (message._tag === "Note") assert.include(texts, `Note: ${message.text}`)
      })
  )
})
