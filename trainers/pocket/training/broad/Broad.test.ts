import { Tokenizer } from "@huggingface/tokenizers"
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { spacedJson } from "../../../../core/prompt/ToolCallText.ts"
import { codeSituations } from "../CodeSituations.ts"
import { drawConversation, segments } from "../Conversation.ts"
import { makeRng, type Rng } from "../Rng.ts"
import { shellSituations } from "../ShellSituations.ts"
import { habit } from "../Situation.ts"
import { drawBroad, drawBroadEvaluation } from "./Broad.ts"
import { CODE } from "./Code.ts"
import { correct, note } from "./Correct.ts"
import { freshEvaluation } from "./Fresh.ts"
import { expand, filled, size, texts } from "./Grammar.ts"
import { changed, withFlag } from "./Kind.ts"
import { editSituations } from "./kinds/Edits.ts"
import { kinds } from "./kinds/index.ts"
import * as Asides from "./Asides.ts"
import * as Phrases from "./Phrases.ts"
import { type BroadScene, callOf, codeScene, drawScene } from "./Scenes.ts"

const edits = [...editSituations, ...codeSituations.filter(({ kind }) => kind !== "new-test")]

/** One scene of every kind. */
const scenes = (rng: Rng): ReadonlyArray<BroadScene> => [
  ...kinds.map((kind) => drawScene(rng, kind, false)),
  ...edits.map((situation) => codeScene(rng, situation.draw(rng, false)))
]

describe("grammars", () => {
  it("draw only texts that they have, and count them", () => {
    const grammar = "a(b|c|)(d|e f)|\\(g\\)"
    const all = texts(grammar)
    assert.deepStrictEqual([...all].sort(), ["(g)", "abd", "abe f", "acd", "ace f", "ad", "ae f"])
    assert.strictEqual(size(grammar), all.length)
    const rng = makeRng(1)
    const drawn = new Set(Array.from({ length: 300 }, () => expand(rng, grammar)))
    assert.deepStrictEqual([...drawn].sort(), [...all].sort())
  })

  it("leave a slot that nothing fills", () => {
    assert.strictEqual(filled("{x} and {y}", { x: "{y}" }), "{y} and {y}")
  })
})

describe("changes to a command", () => {
  it("put a flag behind the program and its subcommand, npm's scripts behind --", () => {
    const cases = {
      "npm install {x}": "npm install --foo {x}",
      "git add -A && git commit -m \"{x}\"": "git add -A && git commit --foo -m \"{x}\"",
      "npm test": "npm test -- --foo",
      "npm run build": "npm run build -- --foo",
      "python -m pytest": "python -m pytest --foo",
      "go test ./...": "go test --foo ./...",
      "git push origin HEAD": "git push --foo origin HEAD",
      "docker compose up -d": "docker compose up --foo -d",
      "./gradlew build": "./gradlew build --foo",
      "rm -rf {x}": "rm --foo -rf {x}"
    }
    for (const [command, wanted] of Object.entries(cases)) assert.strictEqual(withFlag(command, "--foo"), wanted)
  })
})

describe("broad corrections", () => {
  it("name each way of a kind so that no other can be meant", () => {
    // Made-up words may stand for each other, and "only", "use" and the like may stand before any name.
    const heard = (text: string): string =>
      text.replace(/\{[mbwds]\}/g, "□").replace(/^(only|just|plain|use|with|please|take) /g, "")
        .replace(/( please| only| first| too| instead| here)$/g, "")
    const told = (one: { readonly names?: string; readonly does?: string; readonly facts?: string }) =>
      [one.names, one.does, one.facts].flatMap((grammar) => grammar === undefined ? [] : texts(grammar)).map(heard)
    for (const kind of kinds) {
      for (const base of kind.ways) {
        const meant = new Map<string, string>()
        const check = (said: ReadonlyArray<string>, command: string): void => {
          for (const text of said) {
            const other = meant.get(text)
            assert.isTrue(other === undefined || other === command, `${kind.kind}: "${text}": ${other} or ${command}?`)
            meant.set(text, command)
          }
        }
        for (const way of kind.ways) if (way !== base) check([...told(way), heard(way.command)], way.command)
        for (const change of kind.changes ?? []) {
          const command = changed(base.command, change)
          if (command !== undefined) check(told(change), command)
        }
      }
    }
    const meant = new Map<string, string>()
    for (const [id, one] of Object.entries(CODE)) {
      for (const text of told(one)) {
        assert.strictEqual(meant.get(text) ?? id, id, text)
        meant.set(text, id)
      }
    }
  }, 60_000)

  it("have one right answer in one scene", () => {
    const rng = makeRng(2)
    for (const scene of scenes(rng)) {
      for (const ask of [() => correct(rng, scene, scene.habit, false), () => note(rng, scene)]) {
        const answers = new Map<string, string>()
        for (let count = 0; count < 150; count++) {
          const { call, text } = ask()
          const answer = answers.get(text)
          const one = spacedJson(call)
          assert.isTrue(answer === undefined || answer === one, `${scene.kind}: ${text}: ${answer} or ${one}?`)
          answers.set(text, one)
        }
      }
    }
  }, 60_000)

  it("leave nothing unfilled, and notes blame nothing", () => {
    const rng = makeRng(3)
    for (const scene of scenes(rng)) {
      for (let count = 0; count < 60; count++) {
        const heldOut = count % 2 === 0
        for (const told of [correct(rng, scene, scene.habit, heldOut), note(rng, scene)]) {
          assert.notMatch(told.text, /\{\w+\}|\bundefined\b/)
          assert.notMatch(spacedJson(told.call), /\{\w\}|undefined|NaN/)
        }
      }
    }
  })

  it("are said in thousands of patterns before reasons and remarks, and hardly ever twice", () => {
    const patterns = [
      Phrases.NAMED,
      Phrases.TOOL,
      Phrases.AGAINST,
      Phrases.DEED,
      Phrases.FACT,
      Phrases.QUOTED,
      Phrases.COMMAND,
      Asides.AWAY,
      Asides.FLAG
    ]
    assert.isAbove(patterns.reduce((sum, grammar) => sum + size(grammar), 0), 14_000)
    const rng = makeRng(4)
    const said = Array.from({ length: 20 }, () => scenes(rng)).flat()
      .map((scene) => correct(rng, scene, scene.habit, false).text)
    assert.isAbove(new Set(said).size / said.length, 0.9)
  })

  it("keep the evaluation's patterns out of the corpus", () => {
    const pairs = [
      [Phrases.NAMED, Phrases.HELD_OUT_NAMED],
      [Phrases.TOOL, Phrases.HELD_OUT_TOOL],
      [Phrases.AGAINST, Phrases.HELD_OUT_AGAINST],
      [Phrases.DEED, Phrases.HELD_OUT_DEED],
      [Phrases.FACT, Phrases.HELD_OUT_FACT],
      [Phrases.QUOTED, Phrases.HELD_OUT_QUOTED],
      [Phrases.COMMAND, Phrases.HELD_OUT_COMMAND],
      [Asides.AWAY, Asides.HELD_OUT_AWAY],
      [Asides.ASIDE, Asides.HELD_OUT_ASIDE],
      [Asides.REASON, Asides.HELD_OUT_REASON],
      [Asides.LOCKFILE, Asides.HELD_OUT_LOCKFILE],
      [Asides.FLAG, Asides.HELD_OUT_FLAG]
    ] as const
    for (const [trained, held] of pairs) {
      const seen = new Set(texts(trained))
      for (const text of texts(held)) assert.isFalse(seen.has(text), text)
    }
    for (const kind of kinds) {
      const seen = new Set(texts(kind.tasks))
      for (const text of texts(kind.heldOutTasks)) assert.isFalse(seen.has(text), text)
    }
  })

  it("start from the habits of the earlier stages where they know the kind, and mean the same by its names", () => {
    const rng = makeRng(5)
    for (const situation of shellSituations) {
      const kind = kinds.find((one) => one.kind === situation.kind)
      assert.isTrue(kind?.known, situation.kind)
      const scene = situation.draw(rng, false)
      const ways = kind?.ways ?? []
      assert.deepStrictEqual(habit(scene).call, callOf(ways[0]?.command ?? "", scene.slots), situation.kind)
      for (const { call, names } of scene.alternatives) {
        for (const name of names) {
          const same = ways.filter((way) => texts(way.names).includes(name))
          for (const { command } of same) assert.deepStrictEqual(callOf(command, scene.slots), call, name)
        }
      }
    }
  })
})

describe("broad conversations", () => {
  it("are the same for the same seed, and are cut where the tokenizer cuts", () => {
    const draw = (seed: number) => {
      const rng = makeRng(seed)
      return Array.from({ length: 60 }, () => drawBroad(rng))
    }
    assert.deepStrictEqual(draw(6), draw(6))
    const tokenizer = new Tokenizer(
      JSON.parse(readFileSync(new URL("../../model/tokenizer.json", import.meta.url), "utf8")),
      {}
    )
    for (const conversation of draw(7)) {
      const pieces = segments(conversation, 2)
      assert.deepStrictEqual(
        pieces.flatMap(({ text }) => tokenizer.encode(text).ids),
        tokenizer.encode(pieces.map(({ text }) => text).join("")).ids
      )
    }
  })

  it("learn no attempt but the habit", () => {
    const rng = makeRng(8)
    let skipped = 0
    for (let count = 0; count < 300; count++) {
      const conversation = drawBroad(rng)
      for (const message of conversation.unlearned ?? []) {
        skipped++
        assert.isTrue(conversation.messages.includes(message))
        assert.strictEqual(message._tag, "Assistant")
        const text = message._tag === "Assistant" ? message.text : ""
        assert.isTrue(segments(conversation).some((piece) => piece.text === `${text}<|im_end|>` && piece.weight === 0))
      }
    }
    assert.isAbove(skipped, 20)
  })

  it("are evaluated on whole prompts with one call as the answer", () => {
    const rng = makeRng(9)
    for (let count = 0; count < 50; count++) {
      for (const { answer, prompt } of drawBroadEvaluation(rng)) {
        assert.match(answer, /^<tool_call>\n\{"name": "\w+", "arguments": \{.*\}\}\n<\/tool_call>$/)
        assert.match(
          prompt,
          /Denied by the user\. Correction: [^\n]+\n<\/tool_response><\|im_end\|>\n<\|im_start\|>assistant\n$/
        )
      }
    }
  })
})

describe("the corrections written by hand", () => {
  it("ask for another call than the denied one, in words that the grammars do not make", () => {
    const rng = makeRng(11)
    assert.strictEqual(freshEvaluation.length, 60)
    for (const { answer, kind, prompt } of freshEvaluation) {
      assert.isTrue(kinds.some((one) => one.kind === kind), kind)
      assert.isFalse(prompt.includes(answer), prompt)
      assert.match(answer, /^<tool_call>\n\{"name": "(bash|grep|read|glob)", "arguments": \{.*\}\}\n<\/tool_call>$/)
    }
    const corrections = freshEvaluation.map(({ prompt }) => /Correction: (.*)\n/.exec(prompt)?.[1]?.toLowerCase() ?? "")
    const drawn = Array.from({ length: 20 }, () => scenes(rng)).flat()
      .map((scene) => correct(rng, scene, scene.habit, false).text.toLowerCase())
    for (const text of drawn) assert.isFalse(corrections.includes(text), text)
  })
})

describe("settled corrections of the earlier kinds", () => {
  it("mean the likeliest other way where they only forbid", () => {
    const rng = makeRng(10)
    const chosen = new Set<string>()
    for (let count = 0; count < 2000; count++) {
      const { messages } = drawConversation(rng, shellSituations.filter(({ kind }) => kind === "node-install"), 0, true)
      messages.forEach((message, index) => {
        const next = messages[index + 1]
        if (message._tag !== "Denied" || next?._tag !== "Assistant") return
        if (/^(don't use|never use) npm\.?$/i.test(message.correction))
          chosen.add(/"command": "(\w+)/.exec(next.text)?.[1] ?? "")
      })
    }
    assert.deepStrictEqual([...chosen], ["pnpm"])
  })
})
