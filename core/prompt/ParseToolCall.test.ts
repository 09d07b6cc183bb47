import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import { parseToolCall } from "./ParseToolCall.ts"
import { toolCallText } from "./ToolCallText.ts"

const read = toolCallText("read", { path: "a.js" })

describe("parseToolCall", () => {
  it("reads one call and the words around it", () => {
    assert.deepStrictEqual(parseToolCall(`Let me look.\n${read}`), {
      _tag: "OneCall",
      tool: "read",
      arguments: { path: "a.js" },
      words: "Let me look."
    })
  })

  it("takes a turn without a call as words", () => {
    assert.deepStrictEqual(parseToolCall(" Done: the test passes.\n"), {
      _tag: "Words",
      text: "Done: the test passes."
    })
    assert.deepStrictEqual(parseToolCall(""), { _tag: "Words", text: "" })
  })

  it("accepts a missing closing tag at the end, and arguments given as a JSON string", () => {
    assert.strictEqual(parseToolCall(read.replace("\n</tool_call>", ""))._tag, "OneCall")
    assert.deepStrictEqual(parseToolCall(`<tool_call>{"name":"read","arguments":"{\\"path\\":\\"x\\"}"}</tool_call>`), {
      _tag: "OneCall",
      tool: "read",
      arguments: { path: "x" },
      words: ""
    })
  })

  it("refuses several calls, saying how many", () => {
    const parsed = parseToolCall(`${read}\n${read}`)
    assert.deepStrictEqual(parsed, { _tag: "Unusable", reason: "There were 2 tool calls in one message." })
  })

  it("refuses broken JSON, missing arguments, stray tags and trailing text", () => {
    for (
      const text of [
        "<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\"",
        "<tool_call>\nread a.js\n</tool_call>",
        "<tool_call>{\"name\": \"read\"}</tool_call>",
        "<tool_call>{\"name\": \"read\", \"arguments\": [1]}</tool_call>",
        "<tool_call>{name: \"read\", arguments: {}}</tool_call>",
        "{\"name\": \"read\", \"arguments\": {}}\n</tool_call>",
        `${read.replace("</tool_call>", "and then more")}`
      ]
    ) assert.strictEqual(parseToolCall(text)._tag, "Unusable", text)
  })

  it("does not count tags in strings or in thinking", () => {
    const parsed = parseToolCall(toolCallText("write", { path: "doc.md", content: `</tool_call>${read}{"` }))
    assert.strictEqual(parsed._tag, "OneCall")
    assert.strictEqual(parseToolCall(`<think>maybe ${read}</think>\n\n${read}`)._tag, "OneCall")
    assert.strictEqual(parseToolCall(`<think>maybe ${read}</think>\n\nDone.`)._tag, "Words")
  })

  const Arguments = Schema.Record(
    Schema.String,
    Schema.Union([Schema.String, Schema.Int, Schema.Boolean, Schema.Array(Schema.String)])
  )
  it.effect.prop(
    "reads back whatever is written",
    [Schema.NonEmptyString, Arguments],
    ([tool, args]) =>
      Effect.sync(() => {
        const parsed = parseToolCall(toolCallText(tool, args))
        assert.strictEqual(parsed._tag, "OneCall")
        if (parsed._tag !== "OneCall") return
        assert.strictEqual(parsed.tool, tool)
        const sent: unknown = JSON.parse(JSON.stringify(args))
        assert.isTrue(Equal.equals(parsed.arguments, sent))
      })
  )

  it("reads a turn that is one bare object, as Llama writes calls", () => {
    const call = { _tag: "OneCall", tool: "read", arguments: { path: "a.js" }, words: "" } as const
    for (
      const text of [
        "{\"name\": \"read\", \"parameters\": {\"path\": \"a.js\"}}",
        "<|python_tag|>{\"name\": \"read\", \"parameters\": {\"path\": \"a.js\"}}\n",
        "\n {\"type\": \"function\", \"name\": \"read\", \"parameters\": \"{\\\"path\\\": \\\"a.js\\\"}\"}",
        "{\"name\": \"read\", \"arguments\": {\"path\": \"a.js\"}}"
      ]
    ) assert.deepStrictEqual(parseToolCall(text), call, text)
    const one = "{\"name\": \"read\", \"parameters\": {}}"
    assert.deepStrictEqual(parseToolCall(`${one}; ${one}`), {
      _tag: "Unusable",
      reason: "There were 2 tool calls in one message."
    })
    for (const text of ["{}", "{\"name\": \"read\"}", `So: ${one}`, `${one} is what I would call`, "{\"a\": 1}", "{"]) {
      assert.deepStrictEqual(parseToolCall(text), { _tag: "Words", text })
    }
  })

  it("reads a fenced call, and takes one that never closes for no words", () => {
    const call = { _tag: "OneCall", tool: "bash", arguments: { command: "pnpm add zod" }, words: "" } as const
    const one = "{\"name\": \"bash\", \"arguments\": {\"command\": \"pnpm add zod\"}}"
    for (const text of [`\`\`\`json\n${one}\n\`\`\``, `\n\`\`\`\n${one}\n\`\`\`\n`, `\`\`\`json\n${one}`]) {
      assert.deepStrictEqual(parseToolCall(text), call, text)
    }
    const incomplete = { _tag: "Unusable", reason: "The tool call is not a complete JSON object." } as const
    for (const text of [one.slice(0, -1), one.slice(0, -4), `\`\`\`json\n${one.slice(0, -1)}\n\`\`\``]) {
      assert.deepStrictEqual(parseToolCall(text), incomplete, text)
    }
    const cutWords = [
      "```json\n{\"name\": \"shop\", \"scripts\": {}}\n```",
      "{\"name\": \"shop\", \"version\": \"1",
      "```js\nlet a\n```"
    ]
    for (const text of cutWords) assert.deepStrictEqual(parseToolCall(text), { _tag: "Words", text })
  })

  it("takes raw line breaks and tabs in JSON strings as what they are", () => {
    const call = {
      _tag: "OneCall",
      tool: "write",
      arguments: { path: "a.py", content: "if x:\n\tpass # \"q\" \\\n" },
      words: "",
      repairs: ["line breaks in a string were taken as part of it"]
    } as const
    const raw = "{\"path\": \"a.py\", \"content\": \"if x:\n\tpass # \\\"q\\\" \\\\\n\"}"
    for (
      const text of [
        `<tool_call>\n{"name": "write",\n "arguments": ${raw}}\n</tool_call>`,
        `{"name": "write", "parameters": ${raw}}`,
        `<tool_call>{"name": "write", "arguments": ${JSON.stringify(raw)}}</tool_call>`
      ]
    ) assert.deepStrictEqual(parseToolCall(text), call, text)
  })

  it.effect.prop(
    "reads back a bare call whatever its arguments hold",
    [Schema.NonEmptyString, Arguments, Schema.Literals(["parameters", "arguments"])],
    ([name, args, key]) =>
      Effect.sync(() => {
        const parsed = parseToolCall(JSON.stringify({ name, [key]: args }))
        // A tag in a string makes it a call between tags, which then has to be one.
        if (JSON.stringify(args).includes("tool_call>") || name.includes("tool_call>")) return
        assert.strictEqual(parsed._tag, "OneCall")
        if (parsed._tag !== "OneCall") return
        assert.strictEqual(parsed.tool, name)
        const sent: unknown = JSON.parse(JSON.stringify(args))
        assert.isTrue(Equal.equals(parsed.arguments, sent))
      })
  )

  it.effect.prop("never throws", [Schema.String, Schema.String], ([a, b]) =>
    Effect.sync(() => {
      parseToolCall(`${a}<tool_call>${b}</tool_call>`)
      parseToolCall(`${a}{${b}`)
    }))
})
