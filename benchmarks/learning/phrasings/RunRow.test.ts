import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { pocket } from "../../../trainers/pocket/index.ts"
import { whyNot } from "./CanRun.ts"
import { loadPhrasings } from "./Load.ts"
import { PhrasingResults, phrasingSentence, phrasingTable } from "./Tally.ts"
import { runRow } from "./RunRow.ts"

layer(pocket({ threads: 1 }).pipe(Layer.provideMerge(NodeServices.layer)), { excludeTestServices: true })(
  "a correction in a person's words",
  (it) => {
    it.effect("goes through the program's own loop, and is asked again in fresh sessions", () =>
      Effect.gen(function*() {
        const { rows, workspaces } = yield* loadPhrasings
        const row = rows.find(({ correction, task }) => task === "install zod" && correction === "pnpm here")!
        const done = yield* runRow(row, workspaces, [])
        assert.deepStrictEqual(done.first.call?.arguments, { command: "npm install zod" })
        assert.isNumber(done.taught?.step)
        for (const judged of [done.taught?.retry, done.taught?.fresh]) {
          assert.deepStrictEqual(judged, {
            call: { tool: "bash", arguments: { command: "pnpm add zod" } },
            wanted: true
          })
        }
      }))

    it.effect("is judged by whether its calls can run: files in a copy, commands only read", () =>
      Effect.gen(function*() {
        const files = { "a.js": "one\n" }
        const can = (tool: string, args: Readonly<Record<string, unknown>>) =>
          whyNot({ id: "c", tool, arguments: args }, files)
        assert.isUndefined(yield* can("read", { path: "a.js" }))
        assert.match((yield* can("read", { path: "b.js" })) ?? "", /does not exist/)
        assert.match((yield* can("edit", { path: "a.js", old: "two", new: "x" })) ?? "", /a\.js/)
        assert.match((yield* can("bash", { command: "git commit -m \"x" })) ?? "", /nterminated/)
        assert.isUndefined(yield* can("bash", { command: "touch /tmp/phrasing-was-run; nothing-like-this" }))
        assert.isFalse(yield* FileSystem.FileSystem.use((fs) => fs.exists("/tmp/phrasing-was-run")))
      }))

    it.effect("stands in the documentation as it was measured, all of the set", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const root = `${import.meta.dirname}/../../..`
        const text = yield* fs.readFileString(`${root}/benchmarks/learning/results/phrasings.json`)
        const results = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(PhrasingResults))(text)
        const { rows } = yield* loadPhrasings
        assert.deepStrictEqual(results.rows.map(({ id }) => id), rows.map(({ id }) => id))
        assert.isAtLeast(results.default.corrections, 100)
        assert.include(yield* fs.readFileString(`${root}/docs/learning.md`), phrasingTable(results))
        assert.include(yield* fs.readFileString(`${root}/README.md`), phrasingSentence(results))
        const { info } = yield* LoraBackend
        assert.strictEqual(
          results.modelIdentity,
          info.modelIdentity,
          "measure again: npm run bench:learning -- --phrasings"
        )
      }))
  }
)
