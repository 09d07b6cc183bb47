import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { FeedbackStore } from "../core/FeedbackStore.ts"
import type { ToolNeed } from "../core/permissions/Needs.ts"
import { toolCallText } from "../core/prompt/ToolCallText.ts"
import { ledger } from "../plugins/ledger/index.ts"
import type { Script } from "./helpers/RunScript.ts"
import { runScript } from "./helpers/RunScript.ts"
import { approve, edit, only, read, task, write } from "./helpers/Moves.ts"

const always = { _tag: "Always", saved: false } as const

const needs: Script["needs"] = ({ arguments: args, tool }): ReadonlyArray<ToolNeed> => [
  { kind: tool === "read" ? "read" : "write", path: String(args["path"]) }
]

/** Runs the script on a ledger of its own, with tools that say what they need, and says what was kept as approved. */
const run = Effect.fnUntraced(
  function*(script: Script) {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "permissions-" })
    const out = yield* runScript({ needs, ...script }, ledger(folder))
    const kept = yield* FeedbackStore.use((store) => store.approvedTurns({ modelIdentity: "model-a", limit: 10 })).pipe(
      Effect.provide(ledger(folder))
    )
    return { ...out, kept: kept.map(({ call }) => call.tool) }
  },
  Effect.scoped,
  Effect.provide(NodeServices.layer)
)

describe("calls that rules decide", () => {
  it.live("a read in the project runs unasked: no verdict, nothing kept, nothing learned, and the model sees its result", () =>
    Effect.gen(function*() {
      const out = yield* run({ inputs: [task("look")], script: [read, "It is fine."] })
      assert.deepStrictEqual(out.tags, [
        "SessionStarted",
        "UserMessage",
        "CallProposed",
        "CallAllowed",
        "ToolStarted",
        "ToolFinished",
        "AssistantMessage",
        "TurnFinished",
        "SessionEnded"
      ])
      assert.deepStrictEqual(only(out.events, "CallAllowed")[0]?.rules, ["allow read . (default)"])
      assert.deepStrictEqual([out.kept, out.lessons, out.revision], [[], [], 0])
      assert.isTrue(out.prompts[1]?.endsWith(`<assistant>${read}</assistant><tool>ran read</tool><assistant>`))
    }))

  it.live("a change is asked for, says what always would allow, and is kept when it is approved", () =>
    Effect.gen(function*() {
      const out = yield* run({ inputs: [task("fix")], script: [write], answers: [approve] })
      assert.deepStrictEqual(out.requests.map(({ grant, rules }) => [grant, rules]), [
        ["changing a.js", ["ask everything (default)"]]
      ])
      assert.deepStrictEqual(out.kept, ["write"])
    }))

  it.live("a denied call does not run, the human is not asked, and the model reads why", () =>
    Effect.gen(function*() {
      const rules = [{ tool: "write", effect: "deny", reason: "we only edit" }] as const
      const out = yield* run({ inputs: [task("fix")], script: [write, "I will not."], rules })
      assert.deepStrictEqual([out.runs, out.requests, out.lessons, out.kept], [[], [], [], []])
      assert.deepStrictEqual(only(out.events, "CallRefused").map(({ reasons, rules }) => [reasons, rules]), [
        [["a.js: we only edit"], ["deny write (flag)"]]
      ])
      assert.isTrue(
        out.prompts[1]?.endsWith("<tool>Not allowed here: a.js: we only edit. Do without it.</tool><assistant>")
      )
    }))

  it.live("the same refused call three times in a row ends the turn", () =>
    Effect.gen(function*() {
      const rules = [{ tool: "write", effect: "deny" }] as const
      const out = yield* run({ inputs: [task("fix")], script: [write, write, write, write], rules })
      assert.deepStrictEqual(out.report, { lastTurn: "Failed" })
      assert.strictEqual(only(out.events, "CallRefused").length, 2)
    }))

  it.live("always approves, and such calls run from then on; saved ones are handed on to be kept", () =>
    Effect.gen(function*() {
      const out = yield* run({ inputs: [task("fix")], script: [write, edit, "Done."], answers: [always] })
      assert.strictEqual(out.requests.length, 1)
      assert.deepStrictEqual(out.runs.map(({ tool }) => tool), ["write", "edit_lines"])
      assert.deepStrictEqual(out.kept, ["write"])
      assert.deepStrictEqual(out.saved, [])
      const rule = { tool: "*", kind: "write", pattern: "a.js", effect: "allow" } as const
      const kept = yield* run({ inputs: [task("fix")], script: [write], answers: [{ ...always, saved: true }] })
      assert.deepStrictEqual(kept.saved, [[rule]])
    }))

  it.live("always is not taken where no rule could be shown in full", () =>
    Effect.gen(function*() {
      const hidden = toolCallText("write", { path: "a\u200b.js" })
      const out = yield* run({ inputs: [task("fix")], script: [hidden], answers: [always, approve] })
      assert.match(out.requests[1]?.problem ?? "", /could be shown in full/)
      assert.isUndefined(out.requests[0]?.grant)
    }))

  it.live("a call that runs by rule after a denial is not its retry", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("fix")],
        script: [write, read, edit, "Done."],
        answers: [{ _tag: "Deny", correction: "edit it" }, approve]
      })
      assert.deepStrictEqual(out.lessons.map(({ kind }) => kind), ["denial"])
    }))
})

describe("/no", () => {
  it.live("teaches from the last call that ran, with its tokens and the conversation before it, once; then from the answer", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [
          { _tag: "Correct", correction: "too early" },
          task("look"),
          { _tag: "Correct", correction: " use grep " },
          { _tag: "Correct", correction: "again" },
          task("more")
        ],
        script: [read, "Seen.", "Seen again."]
      })
      const [lesson, ...others] = out.lessons
      assert.deepStrictEqual(others.map(({ attempt, correction }) => [attempt.text, correction]), [["Seen.", "again"]])
      assert.deepStrictEqual([lesson?.kind, lesson?.task, lesson?.correction], ["denial", "look", "use grep"])
      assert.strictEqual(lesson?.attempt.text, read)
      assert.deepStrictEqual(lesson?.attempt.promptIds, out.samples[0]?.promptIds)
      assert.deepStrictEqual(lesson?.conversation?.map(({ _tag }) => _tag), ["User"])
      assert.deepStrictEqual(only(out.events, "VerdictGiven").map(({ verdict }) => verdict), [
        { _tag: "Deny", correction: "use grep" },
        { _tag: "Deny", correction: "again" }
      ])
      assert.match(only(out.events, "Failure")[0]?.message ?? "", /There is nothing to correct/)
      assert.include(out.prompts.at(-1) ?? "", "use grep")
    }))

  it.live("corrects an approved call as well", () =>
    Effect.gen(function*() {
      const out = yield* run({
        inputs: [task("fix"), { _tag: "Correct", correction: "use edit_lines" }],
        script: [write, "Done."],
        answers: [approve]
      })
      assert.deepStrictEqual(out.lessons.map(({ attempt, kind }) => [attempt.text, kind]), [[write, "denial"]])
    }))
})

describe("/permissions", () => {
  it.live("lists, tests, adds and takes back", () =>
    Effect.gen(function*() {
      const add = { _tag: "AddPermission", effect: "allow", kind: "write", pattern: "a.js", saved: false } as const
      const test = { _tag: "TestPermission", kind: "write", what: "a.js" } as const
      const out = yield* run({
        inputs: [
          test,
          add,
          test,
          { _tag: "ShowPermissions" },
          { _tag: "RevokePermission", number: 4 },
          test,
          { _tag: "RevokePermission", number: 1 },
          { _tag: "TestPermission", kind: "run", what: "ls $(x)" }
        ],
        script: []
      })
      assert.deepStrictEqual(only(out.events, "PermissionTested").map(({ effect }) => effect), [
        "ask",
        "allow",
        "ask",
        "ask"
      ])
      assert.match(only(out.events, "PermissionTested")[3]?.reasons.join() ?? "", /a command substitution/)
      const shown = only(out.events, "PermissionsShown")[0]
      assert.deepStrictEqual([shown?.sandbox, shown?.note], [
        "none",
        "Commands run with all your rights: install a sandbox."
      ])
      const rules = shown?.rules ?? []
      assert.deepStrictEqual(rules.map(({ number, revocable, scope, text }) => [number, scope, text, revocable]), [
        [1, "default", "ask everything", false],
        [2, "default", "allow read .", false],
        [3, "default", "deny write @state", false],
        [4, "session", "allow write a.js", true]
      ])
      assert.match(only(out.events, "Failure")[0]?.message ?? "", /Rule 1 is a default/)
    }))
})
