import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FeedbackStore } from "../../core/FeedbackStore.ts"
import { LoraBackend, type SampleRequest } from "../../core/LoraBackend.ts"
import { loraModel } from "../../core/LoraModel.ts"
import { runProbes, violationRate } from "../../core/probe/RunProbes.ts"
import { toolCallText } from "../../core/prompt/ToolCallText.ts"
import { fakeBackend, fakeTokenizer } from "../../test/helpers/FakeBackend.ts"
import { fakeTools, fakeWorkspace } from "../../test/helpers/FakeTools.ts"
import { lesson, skipped, stepped } from "../../test/helpers/Lessons.ts"
import { parseCommandLine } from "../cli/Parse.ts"
import { ledger } from "../ledger/index.ts"
import { ledgerMetrics } from "../metrics/Command.ts"
import { probeText } from "./Command.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "probe-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const write = toolCallText("write", { path: "a.js", content: "x" })
const edit = toolCallText("edit_lines", { path: "a.js" })

describe("probes over a ledger", () => {
  it.live("ask each question once, greedily and without the correction, and keep the run", () =>
    Effect.gen(function*() {
      const samples: Array<SampleRequest> = []
      const backend = fakeBackend({ script: [edit, write, edit, edit, write], samples })
      const ground = Layer.mergeAll(backend, fakeTools(), fakeWorkspace, ledger(yield* folder))
      const model = loraModel({ temperature: 1, topP: 1, maxTokens: 100 })
      yield* Effect.gen(function*() {
        const [service, store] = [yield* LoraBackend, yield* FeedbackStore]
        const conversation = [{ _tag: "User", text: "fix the test" }] as const
        yield* store.commitLesson({
          lesson: lesson("l1", { conversation }),
          outcome: stepped("l1", 1),
          snapshot: { revision: 1, modelIdentity: "model-a", shape: "r", bytes: new Uint8Array([1]) }
        })
        const own = [{ task: "look around", want: { tool: "read" } }]
        const first = yield* runProbes(service, own)
        assert.deepStrictEqual(first.answers.map(({ source, violated }) => [source, violated]), [
          ["project", true],
          ["lesson", true],
          ["paraphrase", false],
          ["paraphrase", false]
        ])
        assert.strictEqual(violationRate(first), 0.5)
        assert.strictEqual(violationRate(first, ["paraphrase"]), 0)
        assert.isTrue(samples.every(({ temperature }) => temperature === 0))
        const prompts = samples.map(({ promptIds }) => fakeTokenizer.decode(promptIds))
        assert.isTrue(prompts.every((prompt) => !prompt.includes("use edit_lines")))
        assert.isTrue(prompts[1]?.endsWith("<user>fix the test</user><assistant>"))

        yield* runProbes(service, [])
        const runs = yield* store.probeRuns
        assert.deepStrictEqual(runs[0], first)
        assert.deepStrictEqual(runs.map(({ answers }) => answers.length), [4, 3])
        const told = { runs, lessons: yield* store.corrections, stateDirectory: "/state", rehearsed: 0 }
        const text = probeText(first, told)
        assert.include(text, "violated  project   look around  ->  edit_lines  a.js")
        assert.include(text, "violated 2 of 4 probes (50%) at revision 0")
        assert.match(
          text,
          /violated over time\n {2}\S+ \S+ {2}revision 0 {3}50% █{15} {2}of 4\n.*revision 0 {3}33% █{10} {2}of 3/
        )
        assert.match(
          text,
          /never held when asked\n {2}l1 {2}"use edit_lines" {2}1 of 3 violated\n.*say it once more/
        )

        const metrics = yield* ledgerMetrics
        assert.strictEqual(metrics.revision, 1)
        assert.deepStrictEqual(metrics.history?.map(({ outcome }) => outcome), ["learned"])
        assert.strictEqual(metrics.probes?.length, 2)
      }).pipe(Effect.provide(model.pipe(Layer.provideMerge(ground))))
    }))

  it.live("say what to do when there is nothing to ask", () =>
    Effect.gen(function*() {
      const run = { at: 0, revision: 0, modelIdentity: "m", answers: [] }
      assert.match(
        probeText(run, { runs: [run], lessons: [], stateDirectory: "/state", rehearsed: 0 }),
        /Deny a call .* write probes into \/state\/probes\.jsonl\.$/
      )
      const metrics = yield* FeedbackStore.use((store) =>
        store.commitLesson({ lesson: lesson("l1"), outcome: skipped }).pipe(Effect.andThen(ledgerMetrics))
      ).pipe(Effect.provide(ledger(yield* folder)))
      assert.deepStrictEqual([metrics.revision, metrics.history?.length, metrics.probes], [0, 1, []])
    }))
})

describe("the commands", () => {
  it("know html for metrics alone", () => {
    const metrics = parseCommandLine(["metrics", "--output", "html"])
    assert.deepStrictEqual(metrics instanceof Error ? metrics.message : metrics.args.output, "html")
    const probe = parseCommandLine(["probe", "--output", "html"])
    assert.match(probe instanceof Error ? probe.message : "", /--output html is not allowed: text or json/)
  })
})
