import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { CallArguments } from "../../domain/Call.ts"
import { parseToolCall } from "../ParseToolCall.ts"
import { toolCallText } from "../ToolCallText.ts"
import { candidateIn } from "./Candidate.ts"

/** What models wrote, or are documented to write, and what it is. */
const Output = Schema.Struct({
  from: Schema.String,
  text: Schema.String,
  reads: Schema.Literals(["call", "words", "unusable"]),
  tool: Schema.optionalKey(Schema.String),
  arguments: Schema.optionalKey(CallArguments),
  repairs: Schema.optionalKey(Schema.Array(Schema.String)),
  candidate: Schema.optionalKey(Schema.Union([
    Schema.TaggedStruct("Call", { tool: Schema.String, arguments: CallArguments }),
    Schema.TaggedStruct("Command", { command: Schema.String })
  ]))
})

const outputs = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Output)))(
  readFileSync(new URL("./outputs.json", import.meta.url), "utf8")
)

describe("what models write", () => {
  it("is a table of sixty outputs and more", () => assert.isAtLeast(outputs.length, 60))

  for (const { arguments: args, candidate, from, reads, repairs, text, tool } of outputs) {
    it(`${from}: ${reads}`, () => {
      const parsed = parseToolCall(text)
      if (parsed._tag === "OneCall") {
        const { arguments: given, repairs: said, tool: name } = parsed
        assert.deepStrictEqual({ reads: "call", tool: name, arguments: given, repairs: said }, {
          reads,
          tool,
          arguments: args,
          repairs
        })
      } else {
        assert.strictEqual(parsed._tag.toLowerCase(), reads)
        assert.deepStrictEqual(candidateIn(text), candidate)
      }
    })
  }
})

const Word = Schema.String.check(Schema.isPattern(/^[A-Za-z.,;:!?(){}[\]'"<>=/*#-]{1,12}$/))
const Prose = Schema.Array(Word)
/** Words that happen to be a mark or a whole call are no prose. */
const isProse = (text: string): boolean => !/^\s*[\w-]*[({[]|tool|function|invoke|call>|action|[`~]{3}/i.test(text)
const call = toolCallText("bash", { command: "rm -rf src" })

describe("the reader", () => {
  it.effect.prop("reads no call out of prose", [Prose], ([words]) =>
    Effect.sync(() => {
      const text = words.join(" ")
      if (isProse(text)) assert.notStrictEqual(parseToolCall(text)._tag, "OneCall", text)
    }))

  it.effect.prop("reads no call out of a quoted one", [Prose, Prose], ([before, after]) =>
    Effect.sync(() => {
      const [start, end] = [`So ${before.join(" ")}`, `and ${after.join(" ")}`]
      if (!isProse(start) || !isProse(end)) return
      const json = "{\"name\": \"bash\", \"arguments\": {\"command\": \"rm -rf src\"}}"
      for (
        const text of [
          `${start} \`${call.replaceAll("\n", "")}\` ${end}`,
          `${start}\n\n> ${call.replaceAll("\n", "\n> ")}\n\n${end}`,
          `${start}\n\n\`\`\`\n${call}\n\`\`\`\n\n${end}`,
          `${start} an example:\n\n\`\`\`json\n${json}\n\`\`\``,
          `${start}\n\n\`\`\`json\n${json}\n\`\`\`\n\n${end}`,
          `${start} \`${json}\` ${end}`,
          `${start} ${json} ${end}`,
          `${start}\n\n\`\`\`sh\nrm -rf src\n\`\`\``
        ]
      ) assert.notStrictEqual(parseToolCall(text)._tag, "OneCall", text)
    }))

  it.effect.prop("never throws, whatever is cut off or put in between", [
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: outputs.length - 1 })),
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 })),
    Schema.String
  ], ([index, at, between]) =>
    Effect.sync(() => {
      const { text } = outputs[index]!
      for (const given of [text.slice(0, at), text.slice(at), `${text.slice(0, at)}${between}${text.slice(at)}`]) {
        parseToolCall(given)
        candidateIn(given)
      }
    }))

  const Arguments = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Int, Schema.Boolean]))
  it.effect.prop("reads back every form", [Arguments], ([args]) =>
    Effect.sync(() => {
      const json = JSON.stringify(args)
      const sent: unknown = JSON.parse(json)
      for (
        const text of [
          `[TOOL_CALLS]read[ARGS]${json}`,
          `[TOOL_CALLS] [{"name": "read", "arguments": ${json}}]`,
          `<function=read>${json}</function>`,
          `functions.read:0${json}`,
          `\`\`\`json\n{"tool": "read", "args": ${json}}\n\`\`\``,
          `I read it.\n\n\`\`\`json\n{"name": "read", "arguments": ${json}}\n\`\`\``,
          `<tools>\n{"name": "read", "arguments": ${json}}\n</tools>`
        ]
      ) {
        const parsed = parseToolCall(text)
        assert.strictEqual(parsed._tag, "OneCall", text)
        if (parsed._tag === "OneCall") assert.isTrue(Equal.equals(parsed.arguments, sent), text)
      }
    }))

  it("takes time in proportion to the text", () => {
    for (const piece of ["{", "[", "<tool_call>", "`", "```\n", "> ", "\n{\"a\":", "read(", "\"\"\"", "<function=a>"]) {
      const start = performance.now()
      parseToolCall(piece.repeat(20_000))
      assert.isBelow(performance.now() - start, 2000, piece)
    }
  })
})
