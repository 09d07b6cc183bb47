import { Tokenizer } from "@huggingface/tokenizers"
import { Template } from "@huggingface/jinja"
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { chatMessage } from "../../../core/prompt/ChatMessages.ts"
import { codeSituations } from "./CodeSituations.ts"
import { drawConversation, segments } from "./Conversation.ts"
import { drawEvaluation } from "./Evaluation.ts"
import { makeRng } from "./Rng.ts"
import { shellSituations } from "./ShellSituations.ts"
import { habit } from "./Situation.ts"
import { toolPrefix } from "./ToolPrefix.ts"
import { wideCorrection } from "./wide/Correct.ts"
import {
  ASIDE,
  COMMANDS,
  HELD_OUT_ASIDE,
  HELD_OUT_COMMANDS,
  HELD_OUT_REASONS,
  HELD_OUT_TOWARDS,
  REASONS,
  TOWARDS
} from "./wide/Phrases.ts"

const situations = [...shellSituations, ...codeSituations]
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8")
const tools: ReadonlyArray<unknown> = JSON.parse(read("./tools.json"))
const conversations = (seed: number, count: number) => {
  const rng = makeRng(seed)
  return Array.from({ length: count }, () => drawConversation(rng, situations))
}

describe("the pocket model's corpus", () => {
  it("is the same for the same seed and another for another", () => {
    assert.deepStrictEqual(conversations(3, 20), conversations(3, 20))
    assert.notDeepEqual(conversations(3, 20), conversations(4, 20))
  })

  it("reads exactly as the shipped chat template renders", () => {
    const config: { chat_template: string } = JSON.parse(read("../model/tokenizer_config.json"))
    assert.strictEqual(config.chat_template, read("./chat_template.jinja"))
    const template = new Template(config.chat_template)
    for (const conversation of conversations(5, 50)) {
      const rendered = template.render({
        messages: [{ role: "system", content: conversation.system }, ...conversation.messages.map(chatMessage)],
        tools: [...tools],
        add_generation_prompt: false
      })
      const own = toolPrefix(tools) + segments(conversation).map(({ text }) => text).join("")
      assert.strictEqual(own, rendered)
    }
  })

  it("cuts segments only where the tokenizer cuts", () => {
    const tokenizer = new Tokenizer(JSON.parse(read("../model/tokenizer.json")), {})
    for (const conversation of conversations(6, 50)) {
      const pieces = segments(conversation, 6)
      assert.deepStrictEqual(
        pieces.flatMap(({ text }) => tokenizer.encode(text).ids),
        tokenizer.encode(pieces.map(({ text }) => text).join("")).ids
      )
    }
  })

  it("has at least eight kinds of situation, each with a habit and other ways", () => {
    assert.isAtLeast(new Set(situations.map(({ kind }) => kind)).size, 8)
    const rng = makeRng(7)
    for (const situation of situations) {
      const scene = situation.draw(rng, false)
      assert.isAtLeast(scene.alternatives.length, 3)
      assert.isAbove(habit(scene).weight, 0.5)
      assert.strictEqual(new Set(scene.alternatives.map(({ id }) => id)).size, scene.alternatives.length)
      assert.approximately(scene.alternatives.reduce((sum, { weight }) => sum + weight, 0), 1, 1e-9)
    }
  })

  it("repairs the code it breaks: every way of a fix gives the same file", () => {
    const rng = makeRng(8)
    const fix = codeSituations.find(({ kind }) => kind === "fix")
    assert.isDefined(fix)
    for (let draw = 0; draw < 50; draw++) {
      const scene = fix.draw(rng, false)
      const shown = scene.preludes[0]?.result ?? ""
      const before = shown.includes("\t")
        ? shown.split("\n").slice(0, -1).map((line) => line.slice(line.indexOf("\t") + 1))
        : shown.split("\n")
      const results = scene.alternatives.map(({ call }) => {
        const field = (name: string): string => String(call.arguments[name])
        if (call.tool === "write") return field("content")
        if (call.tool === "edit") return before.join("\n").replace(field("old"), () => field("new")) + "\n"
        const [start, end] = [Number(field("start_line")), Number(field("end_line"))]
        return [...before.slice(0, start - 1), field("content"), ...before.slice(end)].join("\n") + "\n"
      })
      assert.strictEqual(new Set(results).size, 1, JSON.stringify(results))
      assert.notStrictEqual(results[0], before.join("\n") + "\n")
    }
  })

  it("keeps the evaluation's phrasings out of the corpus", () => {
    const rng = makeRng(9)
    const seen = conversations(10, 3000).flatMap(({ messages }) =>
      messages.flatMap((message) => message._tag === "Denied" ? [message.correction.toLowerCase()] : [])
    )
    for (const situation of situations) {
      for (const item of drawEvaluation(rng, situation).filter(({ form }) => form === "denied")) {
        const correction = /Denied by the user. Correction: (.*)\n/.exec(item.prompt)?.[1] ?? ""
        assert.notStrictEqual(correction, "")
        assert.isFalse(seen.includes(correction.toLowerCase()), correction)
      }
    }
  })
})

describe("wide corrections", () => {
  const drawn = (count: number, heldOut: boolean) => {
    const rng = makeRng(11)
    return Array.from({ length: count }, () => situations).flat().map((situation) => {
      const scene = situation.draw(rng, false)
      return { scene, told: wideCorrection(rng, scene, habit(scene), heldOut) }
    })
  }

  it("leave nothing unfilled and cut segments where the tokenizer cuts", () => {
    const rng = makeRng(12)
    for (const { told } of drawn(40, false)) assert.notMatch(told.text, /[{}]/)
    const tokenizer = new Tokenizer(JSON.parse(read("../model/tokenizer.json")), {})
    for (let index = 0; index < 50; index++) {
      const pieces = segments(drawConversation(rng, situations, 1), 6)
      assert.deepStrictEqual(
        pieces.flatMap(({ text }) => tokenizer.encode(text).ids),
        tokenizer.encode(pieces.map(({ text }) => text).join("")).ids
      )
    }
  })

  it("name a program that the wanted call runs, or say a whole command", () => {
    const commands = drawn(80, false).filter(({ scene, told }) =>
      told.chosen.id.startsWith("told-") && told.chosen.call.tool === "bash" && scene.kind === "python-run"
    )
    assert.isAbove(commands.length, 20)
    for (const { told } of commands) {
      const command = String(told.chosen.call.arguments["command"])
      const spoken = told.chosen.names.some((name) => told.text.toLowerCase().includes(name.toLowerCase()))
      assert.isTrue(spoken || told.text.includes(command), `${told.text} | ${command}`)
    }
  })

  it("keep the evaluation's phrasings out of the corpus", () => {
    const seen = new Set(drawn(200, false).map(({ told }) => told.text.toLowerCase()))
    for (const template of [...HELD_OUT_TOWARDS, ...HELD_OUT_COMMANDS, ...HELD_OUT_REASONS, ...HELD_OUT_ASIDE]) {
      assert.isFalse([...TOWARDS, ...COMMANDS, ...REASONS, ...ASIDE].some((one: string) => one === template))
    }
    for (const { told } of drawn(10, true)) {
      if (told.text.split(" ").length > 3) assert.isFalse(seen.has(told.text.toLowerCase()), told.text)
    }
  })
})
