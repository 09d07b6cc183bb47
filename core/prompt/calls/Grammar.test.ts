import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import type { ChatTool } from "../../LoraBackend.ts"
import { parseToolCall } from "../ParseToolCall.ts"
import { callGrammar } from "./Grammar.ts"

const tool = (
  name: string,
  properties: Readonly<Record<string, string>>,
  required: ReadonlyArray<string>
): ChatTool => ({
  type: "function",
  function: {
    name,
    description: name,
    parameters: {
      type: "object",
      properties: Object.fromEntries(Object.entries(properties).map(([key, type]) => [key, { type }])),
      required
    }
  }
})

const tools = [
  tool("read", { path: "string", offset: "integer" }, ["path"]),
  tool("edit", { path: "string", old: "string", new: "string", all: "boolean" }, ["path", "old", "new"]),
  tool("edit_lines", { path: "string", tags: "array" }, ["path"])
]
const standing = callGrammar(tools)

const Read = Schema.Struct({ path: Schema.String, offset: Schema.optionalKey(Schema.Int) })
const Edit = Schema.Struct({
  path: Schema.String,
  old: Schema.String,
  new: Schema.String,
  all: Schema.optionalKey(Schema.Boolean)
})
const Lines = Schema.Struct({ path: Schema.String, tags: Schema.Array(Schema.Union([Schema.String, Schema.Int])) })

const forms = (name: string, args: unknown): ReadonlyArray<string> => {
  const [short, long] = [JSON.stringify({ name, arguments: args }), JSON.stringify({ name, arguments: args }, null, 2)]
  return [
    short,
    long,
    JSON.stringify({ name, parameters: args }),
    `<tool_call>\n${short}\n</tool_call>`,
    `\`\`\`json\n${long}\n\`\`\``,
    `<tools>\n${short}\n</tools>`,
    `I look first.\n\n\`\`\`json\n${long}\n\`\`\``,
    `I look first.\n<tool_call>\n${short}\n</tool_call>`
  ]
}

describe("the grammar of calls", () => {
  it.effect.prop(
    "lets every good call through, token by token, and knows its end",
    [Schema.Union([Read, Edit, Lines])],
    ([args]) =>
      Effect.sync(() => {
        for (const text of forms("old" in args ? "edit" : "tags" in args ? "edit_lines" : "read", args)) {
          for (let end = 0; end < text.length; end++) {
            assert.notStrictEqual(standing(text.slice(0, end)), "Broken", text.slice(0, end))
          }
          assert.strictEqual(standing(text), "Whole", text)
        }
      })
  )

  it("is broken by what no good call has, where it first can be known", () => {
    const broken: ReadonlyArray<readonly [string, string]> = [
      ["{\"name\": \"l", "ist_files\""],
      ["{\"name\": \"read\", \"arguments\": {\"", "file\""],
      ["{\"name\": \"read\", \"arguments\": {", "}"],
      ["{\"name\": \"read\", \"arguments\": {\"path\": ", "3"],
      ["{\"name\": \"read\", \"arguments\": {\"path\": \"a\"", ", \"path\""],
      ["{\"name\": \"read\", \"arguments\": {\"path\": \"a\", \"offset\": ", "\""],
      ["{\"name\": \"read\", \"arguments\": {\"path\": \"a", "\n"],
      ["{\"name\": \"read\", \"arguments\": {\"path\": \"a\\", "d"],
      ["{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}", " and then"],
      ["<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n", "<tool_call>"],
      ["{\"name\": \"read\", ", "\"description\""],
      ["{\"name\": \"edit", "or\""]
    ]
    for (const [before, after] of broken) {
      // `path` is begun again only when its first letters leave nothing else.
      assert.notStrictEqual(standing(before.slice(0, -1)), "Broken", before)
      assert.strictEqual(standing(before + after), "Broken", before + after)
    }
    assert.strictEqual(standing("{\"name\": \"edit"), "Open")
    assert.strictEqual(
      standing("{\"name\": \"edit\", \"arguments\": {\"path\": \"a\", \"all\": null, \"old\": \"\", \"new"),
      "Open"
    )
  })

  it("says nothing of words, of programs, and of JSON in an answer", () => {
    for (
      const text of [
        "",
        "The test passes.",
        "```js\nconst a = { name: \"b\" }\n```",
        "Here it is:\n\n```json\n{\"name\": \"shop\", \"version\": \"1.0.0\"}\n```",
        "The name is:\n{\"name\": \"shop\", \"arguments\": {\"a\": 1}}",
        "{\"a\": 1}"
      ]
    ) assert.strictEqual(standing(text), "Free", text)
  })

  it.effect.prop(
    "what it calls whole is read as that call",
    [Schema.Union([Read, Edit, Lines])],
    ([args]) =>
      Effect.sync(() => {
        for (const text of forms("old" in args ? "edit" : "tags" in args ? "edit_lines" : "read", args)) {
          const parsed = parseToolCall(text)
          assert.strictEqual(parsed._tag, "OneCall", text)
          if (parsed._tag !== "OneCall") return
          const sent: unknown = JSON.parse(JSON.stringify(args))
          assert.isTrue(Equal.equals(parsed.arguments, sent))
          assert.isUndefined(parsed.repairs)
        }
      })
  )

  it.effect.prop("never throws", [Schema.String, Schema.String], ([a, b]) =>
    Effect.sync(() => {
      standing(`{"name": "read", "arguments": {"path": ${a}${b}`)
      standing(`{"name": "${a}", "arguments": {${b}`)
      standing(`${a}<tool_call>${b}`)
    }))
})
