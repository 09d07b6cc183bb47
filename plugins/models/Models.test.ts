import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runCommand } from "../../test/helpers/RunCommand.ts"
import { families } from "../../trainers/models/Families.ts"
import { parseHubModel } from "../../trainers/models/hub/HubModel.ts"
import { COMMIT, fakeHub } from "../../trainers/models/testing/FakeHub.ts"
import { encodeTinyGguf, tinyGguf } from "../../trainers/models/testing/GgufFile.ts"
import { choices, coderHint } from "./Choices.ts"
import { fitsMemory, memoryNeeded } from "./Memory.ts"
import { modelsReport, reportText } from "./Report.ts"

const home = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-models-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Runs `continualcode models …` with a home of its own. */
const models = (directory: string, endpoint: string, ...args: ReadonlyArray<string>) =>
  runCommand({
    cwd: directory,
    env: { PATH: process.env["PATH"], HOME: directory, USERPROFILE: directory, HF_ENDPOINT: endpoint }
  }, ["models", ...args])

describe("continualcode models", () => {
  it.live("downloads what is asked for, lists it, and nothing else", () =>
    Effect.gen(function*() {
      const directory = yield* home
      const file = "tiny.gguf"
      const hub = yield* fakeHub({
        files: { [file]: encodeTinyGguf(tinyGguf("qwen3")), "other.gguf": Buffer.alloc(1000) },
        large: new Set([file])
      })
      const nothing = yield* models(directory, hub.endpoint)
      assert.strictEqual(nothing.code, 0, nothing.err)
      assert.match(nothing.out, /On this machine, which has [\d.]+ GB of memory:\n {2}pocket /)
      assert.match(nothing.out, /16 GB +Qwen2\.5-Coder 1\.5B Instruct .*continualcode models get coder-1\.5b/)
      assert.deepStrictEqual(hub.requests, [])
      assert.isFalse(existsSync(join(directory, ".cache")))

      const name = `owner/tiny/${file}`
      const got = yield* models(directory, hub.endpoint, "get", name)
      assert.strictEqual(got.code, 0, got.err)
      const path = join(directory, ".cache/huggingface/hub/models--owner--tiny/snapshots", COMMIT, file)
      assert.isTrue(readFileSync(path).equals(hub.state.files[file]!))
      assert.match(got.err, /continualcode: Downloading owner\/tiny\/tiny\.gguf \([\d.]+ kB\)/)
      assert.include(got.out, `${name} is there: ${path}`)
      assert.include(got.out, `Start with it: continualcode trainer=pocket model_name=${name}`)

      const asked = hub.requests.length
      const listed = JSON.parse((yield* models(directory, hub.endpoint, "list", "--output", "json")).out)
      assert.strictEqual(listed.found.length, 1)
      assert.include(listed.found[0], { name, source: "hub", kind: "gguf", path, fits: true })
      assert.include(listed.found[0].model, { family: "Qwen3", parameters: 16_856, bytes: 4 * 16_856 })
      assert.strictEqual(hub.requests.length, asked)
    }), 30_000)

  it.live("says what is wrong", () =>
    Effect.gen(function*() {
      const directory = yield* home
      const hub = yield* fakeHub({ files: {}, large: new Set() })
      const none = yield* models(directory, hub.endpoint, "get", "owner/nothing")
      assert.strictEqual(none.code, 2)
      assert.match(none.err, /has no model owner\/nothing@main.*Check model_name/s)
      const wordless = yield* models(directory, hub.endpoint, "get")
      assert.strictEqual(wordless.code, 2)
      assert.match(wordless.err, /models get takes one NAME/)
      const unknown = yield* models(directory, hub.endpoint, "got")
      assert.strictEqual(unknown.code, 2)
      assert.match(unknown.err, /models got is not known\. Did you mean get\? There are: list, get\./)
      mkdirSync(join(directory, ".lmstudio/models/some/bad"), { recursive: true })
      writeFileSync(join(directory, ".lmstudio/models/some/bad/bad.gguf"), "no model")
      const listed = yield* models(directory, hub.endpoint)
      assert.strictEqual(listed.code, 0, listed.err)
      assert.match(listed.out, /Cannot be used:\n {2}some\/bad\/bad\.gguf +.*does not begin as a GGUF file/)
    }), 30_000)
})

describe("the list of models", () => {
  const found = (parameters: number) => ({
    name: "ollama:coder:7b",
    source: "ollama" as const,
    path: "/x",
    kind: "gguf" as const,
    model: { family: "Qwen3", parameters, bytes: 4.7e9, trainers: ["pocket" as const] }
  })

  it("says of each model whether it fits the memory", () => {
    const text = (memory: number) => reportText(modelsReport(memory, [found(8e9)], choices))
    assert.match(text(8e9), /ollama:coder:7b +Qwen3 +8\.0B +4\.7 GB +trainer=pocket +TOO LARGE: needs about 9\.4 GB/)
    assert.match(text(32e9), /ollama:coder:7b .* fits: needs about 9\.4 GB/)
  })

  it("names one at the first start, by the memory there is", () => {
    assert.match(
      coderHint(4e9),
      /The bundled model is there to try the loop\. For a coder: continualcode models get coder-0\.5b \(.*, about \d+ (s|min) at/
    )
    assert.include(coderHint(15.4e9), "get coder-1.5b")
    assert.include(coderHint(64e9), "get coder-3b")
  })

  it("estimates what was measured", () => {
    // The resident memory that the models of these sizes may take.
    assert.isBelow(memoryNeeded(0.63e9), 1.2e9)
    assert.isBelow(memoryNeeded(1.78e9), 2.6e9)
    assert.isTrue(fitsMemory(0.63e9, 8e9))
    assert.isFalse(fitsMemory(8e9, 8e9))
  })

  it("offers models that the hub can have and that a trainer here runs, each within its machine's memory", () => {
    for (const { memoryBytes, name, title, trainer } of choices) {
      assert.isDefined(parseHubModel(name), name)
      const family = families.find((known) => known.name === "qwen2")
      assert.isTrue(family?.backends.includes(trainer))
      const billions = Number(/([\d.]+)B/.exec(title)?.[1])
      assert.isTrue(fitsMemory((billions + 0.4) * 1e9, memoryBytes), title)
    }
  })
})
