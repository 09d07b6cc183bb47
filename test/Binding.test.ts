import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as NodeServices from "@effect/platform-node/NodeServices"
import type { Prospect } from "../core/domain/Prospect.ts"
import { FeedbackStore } from "../core/FeedbackStore.ts"
import { toolCallText } from "../core/prompt/ToolCallText.ts"
import { ledger } from "../plugins/ledger/index.ts"
import type { Script } from "./helpers/RunScript.ts"
import { runScript } from "./helpers/RunScript.ts"
import { approve, write } from "./helpers/Moves.ts"

const task = { _tag: "Task", text: "fix" } as const
const shown = (basis: string): Prospect => ({ _tag: "WouldRun", preview: { _tag: "Text", text: basis }, basis })
const fails: Prospect = {
  _tag: "WouldFail",
  result: { output: "a.js is not there\nsee b.js", success: false, feedback: "a.js is not there" }
}

/** Runs the script on a ledger of its own and says what was kept as approved. */
const run = Effect.fnUntraced(
  function*(script: Script) {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "binding-" })
    const out = yield* runScript(script, ledger(folder))
    const kept = yield* FeedbackStore.use((store) => store.approvedTurns({ modelIdentity: "model-a", limit: 10 })).pipe(
      Effect.provide(ledger(folder))
    )
    return { ...out, kept: kept.length }
  },
  Effect.scoped,
  Effect.provide(NodeServices.layer)
)

/** A world whose state is named by the previews: each is one further, and only the last still holds. */
const changingOnce = () => {
  let now = 0
  return {
    preview: () => Effect.sync(() => shown(`state ${++now}`)),
    holds: (basis: string) => {
      if (basis === "state 1") return false
      return basis === `state ${now}`
    }
  }
}

describe("an approval is of what was shown", () => {
  it.live("what has changed since is shown anew, and runs once when that is approved", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task],
        script: [write, "Done."],
        answers: [approve, approve],
        ...changingOnce()
      })
      assert.deepStrictEqual(out.tags.slice(2), [
        "CallProposed",
        "VerdictGiven",
        "ToolStarted",
        "Notice",
        "CallProposed",
        "VerdictGiven",
        "ToolStarted",
        "ToolFinished",
        "AssistantMessage",
        "TurnFinished",
        "SessionEnded"
      ])
      assert.deepStrictEqual(out.requests.map(({ preview }) => preview), [
        { _tag: "Text", text: "state 1" },
        { _tag: "Text", text: "state 2" }
      ])
      assert.strictEqual(out.runs.length, 1)
      assert.strictEqual(out.kept, 1)
    }))

  it.live("what is then denied was never run nor kept as approved", () =>
    Effect.gen(function*() {
      const deny = { _tag: "Deny", correction: "leave it" } as const
      const out = yield* run({ inputs: [task], script: [write, "Fine."], answers: [approve, deny], ...changingOnce() })
      assert.deepStrictEqual(out.runs, [])
      assert.strictEqual(out.kept, 0)
      assert.strictEqual(out.lessons.length, 1)
    }))

  it.live("what would fail by then is not asked about: the model gets the result", () =>
    Effect.gen(function*() {
      let asked = 0
      const out = yield* run({
        inputs: [task],
        script: [write, "I see."],
        answers: [approve],
        preview: () => Effect.sync(() => asked++ === 0 ? shown("state 1") : fails),
        holds: () => false
      })
      assert.strictEqual(out.requests.length, 1)
      assert.deepStrictEqual(out.runs, [])
      assert.isTrue(out.prompts[1]?.endsWith("<tool>a.js is not there\nsee b.js</tool><assistant>"))
    }))

  it.live("an edited call is bound to what was there when it was edited", () =>
    Effect.gen(function*() {
      const edited = { _tag: "Edit", arguments: { path: "b.js" } } as const
      const out = yield* run({
        inputs: [task],
        script: [write, "Fine."],
        answers: [edited],
        preview: ({ arguments: { path } }) => Effect.succeed(shown(String(path))),
        holds: (basis) => basis === "a.js"
      })
      assert.deepStrictEqual(out.runs, [])
      assert.isTrue(out.prompts.at(-1)?.includes("<tool>changed</tool>"))
    }))
})

describe("a call that is known to fail", () => {
  it.live("goes back to the model with its result; nobody is asked", () =>
    Effect.gen(function*() {
      let first = true
      const out = yield* run({
        inputs: [task],
        script: [write, toolCallText("read", { path: "a.js" }), "Done."],
        answers: [approve],
        preview: () =>
          Effect.sync(() => {
            const prospect = first ? fails : shown("fine")
            first = false
            return prospect
          })
      })
      assert.deepStrictEqual(out.requests.map(({ call }) => call.tool), ["read"])
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["read"])
      assert.isTrue(
        out.prompts[1]?.endsWith(`<assistant>${write}</assistant><tool>a.js is not there\nsee b.js</tool><assistant>`)
      )
      assert.deepStrictEqual(
        out.events.flatMap((event) => event._tag === "Reasked" ? [event.reason] : []),
        ["a.js is not there"]
      )
    }))

  it.live("does not go on for ever", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task],
        script: [write, write, write, write],
        preview: () => Effect.succeed(fails)
      })
      assert.deepStrictEqual(out.requests, [])
      assert.deepStrictEqual(
        out.events.flatMap((event) => event._tag === "Failure" ? [event.message] : []),
        ["The model gave no usable call, last because: a.js is not there Say the task in other words."]
      )
    }))

  it.live("is not accepted as an edit", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task],
        script: [write, "Done."],
        answers: [{ _tag: "Edit", arguments: { path: "none.js" } }, approve],
        preview: ({ arguments: { path } }) => Effect.succeed(path === "none.js" ? fails : shown("fine"))
      })
      assert.deepStrictEqual(out.requests.map(({ problem }) => problem), [
        undefined,
        "As edited, the call will fail: a.js is not there"
      ])
      assert.deepStrictEqual(out.runs.map(({ arguments: args }) => args), [{ path: "a.js" }])
    }))
})
