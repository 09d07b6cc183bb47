import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import { defaultSettings, otherModelSettings, type Settings, turnSettings } from "../../core/config/Settings.ts"
import { callTurn } from "../../core/Turn.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import { LoraBackend, type OptimizerOptions } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../core/Weights.ts"
import type { LossItem } from "../../core/Loss.ts"
import { Trainer } from "../../core/Trainer.ts"
import { pocket } from "../../trainers/pocket/index.ts"
import { sdpoDescriptor } from "../../trainers/sdpo/Options.ts"
import type { Ours } from "./Row.ts"

/** Tokens sampled for the rate of decoding. */
const DECODED = 48
/** Tokens of the attempt, and of the corrected call. */
const TRAINED = 25

const optimizer: OptimizerOptions = {
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: 1
}

const settings: Settings = { ...defaultSettings, ...otherModelSettings, ...turnSettings }

const timed = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const start = yield* Clock.currentTimeMillis
  const value = yield* effect
  return { value, ms: (yield* Clock.currentTimeMillis) - start }
})

/** Words of code, as many tokens as wanted, different for each seed from the first token on. */
const codeIds = (
  encode: (text: string) => ReadonlyArray<number>,
  count: number,
  seed: number
): ReadonlyArray<number> => {
  const file = readFileSync(new URL("../../core/LoraBackend.ts", import.meta.url), "utf8")
  const ids = encode(`// ${seed}\n${file.slice(100 * seed)}`)
  return Array.from({ length: count }, (_, index) => ids[index % ids.length]!)
}

/**
 * Measures one length of prompt in this process, which began at `startedAt` (ms since the epoch): the first answer, prefill,
 * decoding, updates and a lesson.
 */
export const measureOurs = (
  model: string,
  prompt: number,
  startedAt: number
): Effect.Effect<Ours, unknown> =>
  Effect.gen(function*() {
    const backend = yield* LoraBackend
    const { opening = [], encode } = backend.tokenizer
    const promptIds = (seed: number) => [...codeIds(encode, prompt - opening.length, seed), ...opening]
    const sample = (ids: ReadonlyArray<number>, maxTokens: number) =>
      Stream.runCollect(backend.sample({
        promptIds: ids,
        maxTokens,
        temperature: 0,
        topP: 1,
        seed: 0,
        weights: currentWeights,
        scored: false
      }))
    const question = yield* Effect.sync(() =>
      backend.tokenizer.encodeChat([{ role: "user", content: "List the files of this project." }], [])
    )
    yield* sample(question, 1)
    const warm = (yield* Clock.currentTimeMillis) - startedAt

    const first = yield* timed(sample(promptIds(1), 1))
    const second = yield* timed(sample(promptIds(2), 1))
    const decoding = yield* timed(sample(promptIds(2), DECODED))
    const decoded = decoding.value.length

    const teacherIds = [
      ...promptIds(2).slice(0, -opening.length),
      ...encode("Correction: this repo uses pnpm.\n"),
      ...opening
    ]
    const item = (seed: number): LossItem => ({
      _tag: "Distill",
      promptIds: promptIds(2),
      completionIds: codeIds(encode, TRAINED, seed),
      divergence: { kind: "forward_kl" },
      teacher: { promptIds: teacherIds, weights: baseWeights },
      baseKl: 0.04
    })
    const items = [item(11), item(12)]
    const update = Effect.andThen(backend.forwardBackward(items), backend.update(optimizer))
    yield* update
    const updates = []
    for (let count = 0; count < 3; count++) updates.push((yield* timed(update)).ms)
    yield* backend.reset(0)

    const attempt = callTurn(backend.tokenizer, { tool: "bash", arguments: { command: "npm install lodash" } })
    const { logProbs } = yield* backend.score({
      promptIds: promptIds(2),
      completionIds: attempt.ids,
      weights: currentWeights
    })
    const lesson: Lesson = {
      id: "benchmark",
      kind: "denial",
      at: 0,
      task: "install lodash",
      correction: "this repo uses pnpm",
      conversation: [{ _tag: "User", text: "install lodash" }],
      call: { id: "1", tool: "bash", arguments: { command: "npm install lodash" } },
      attempt: { ...attempt, promptIds: promptIds(2), logProbs },
      teacherPromptIds: teacherIds,
      teacherSeesAttempt: false,
      modelIdentity: backend.info.modelIdentity,
      adapterRevision: 0
    }
    const verdict = yield* timed(
      Effect.gen(function*() {
        const trainer = yield* Trainer
        yield* trainer.learn(lesson, () => Effect.void)
        yield* sample(teacherIds, 1)
      }).pipe(Effect.provide(sdpoDescriptor.layer(settings)))
    )
    return {
      prompt,
      prefillTokensPerSecond: 1000 * prompt / Math.min(first.ms, second.ms),
      decodeTokensPerSecond: 1000 * decoded / decoding.ms,
      updateMs: Math.min(...updates),
      verdictToRetryTokenMs: verdict.ms,
      rssMb: process.memoryUsage.rss() / 1e6,
      warmStartToFirstTokenMs: warm
    }
  }).pipe(Effect.provide(Layer.fresh(pocket({ modelDirectory: model, contextLength: Math.max(8192, prompt + 512) }))))
