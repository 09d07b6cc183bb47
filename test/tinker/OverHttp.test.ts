import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { Metrics } from "../../core/domain/Metrics.ts"
import { bundledModel } from "../../trainers/pocket/index.ts"
import { makeFakeTinker } from "../../trainers/tinker-sdk/testing/index.ts"
import { listen } from "../../trainers/tinker-sdk/testing/node.ts"
import type { OutputLine } from "../../ui/headless/Protocol.ts"
import { demoCopy } from "../helpers/DemoCopy.ts"
import { onDeno, onNode, runProgram } from "../helpers/HeadlessProgram.ts"
import { tinkerPocketEngine } from "../helpers/TinkerPocketEngine.ts"
import { only } from "../helpers/Moves.ts"

const decodeMetrics = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.toCodecJson(Metrics)))

const calls = (lines: ReadonlyArray<OutputLine>) =>
  only(lines, "CallProposed").map(({ call }) => JSON.stringify(call.arguments))

/** What `continualcode metrics` says without a model, of all sessions. */
const metricsOf = (directory: string) =>
  Effect.tryPromise(() =>
    promisify(execFile)(onNode[0] ?? "", [...onNode.slice(1), "metrics", "--output", "json"], {
      cwd: directory
    })
  ).pipe(Effect.flatMap(({ stdout }) => decodeMetrics(stdout)))

const deny = { _tag: "Deny", correction: "use node --test" } as const
const cancel = { _tag: "Cancel" } as const

describe("trainer=tinker, the whole program on a service behind a socket", () => {
  it.live(
    "learns a denial that a fresh conversation shows, and sends nothing before it may",
    () =>
      Effect.gen(function*() {
        const { engine, name } = yield* tinkerPocketEngine()
        const service = yield* makeFakeTinker({ engine })
        const { baseUrl } = yield* listen(service)
        const directory = yield* demoCopy
        const program = (env: Readonly<Record<string, string>>, ...more: ReadonlyArray<string>) =>
          runProgram({
            directory,
            ...(more.includes("enable_training=false") ? { command: onDeno } : {}),
            env: { TINKER_BASE_URL: baseUrl, ...env },
            args: [
              "trainer=tinker",
              `model_name=${name}`,
              `tokenizer=${bundledModel}`,
              "learning_rate=0.01",
              "tinker_prices=1,2,3",
              "-p",
              "run the tests",
              ...more
            ],
            answer: (_, number) => more.includes("gate=0") && number === 0 ? deny : cancel
          })
        const key = { TINKER_API_KEY: service.apiKey }

        const keyless = yield* program({ TINKER_API_KEY: "" })
        assert.match(keyless.errors, /TINKER_API_KEY is not set/)
        assert.strictEqual(keyless.code, 2)
        const unasked = yield* program(key)
        assert.strictEqual(unasked.code, 2)
        assert.match(unasked.errors, /every prompt, as token ids[\s\S]*tinker_consent=true/)
        assert.deepStrictEqual(yield* service.trace, [])

        const first = yield* program(key, "tinker_consent=true", "gate=0")
        const [finished] = only(first.lines, "LearningFinished")
        assert.strictEqual(finished?.outcome._tag, "Stepped", first.errors)
        assert.notInclude(first.errors, service.apiKey)
        const agreed = readFileSync(join(directory, ".continualcode/project.json"), "utf8")
        assert.include(agreed, new URL(baseUrl).host)

        // Asked once for the project; the weights come back from the service, named by the ledger.
        const second = yield* program(key)
        const step = finished?.outcome._tag === "Stepped" ? finished.outcome.step : undefined
        assert.strictEqual(only(second.lines, "SessionStarted")[0]?.revision, step?.revision)
        assert.notInclude(calls(first.lines)[0] ?? "", "node --test")
        assert.include(calls(second.lines)[0] ?? "", "node --test", second.errors)

        const metrics = yield* metricsOf(directory)
        const [used] = metrics.usage?.project ?? []
        assert.strictEqual(used?.service, new URL(baseUrl).host)
        assert.isAbove(used?.tokens.trained ?? 0, 0)
        assert.strictEqual(used?.cost?.currency, "USD")

        // Under Deno what was learned under Node is there too.
        const untrained = yield* program(key, "enable_training=false")
        assert.include(calls(untrained.lines)[0] ?? "", "node --test", untrained.errors)
      })
  )
})
