// Teaches a model one answer and asks for it. Needs TINKER_API_KEY; TINKER_BASE_URL and MODEL are optional.
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { type Datum, float32, int64, TinkerClient, tokens } from "tinker-sdk"

const prompt = [1, 2, 3]
const answer = 7

// Each position is trained on the token that should follow it; weights say which positions count.
const datum: Datum = {
  model_input: tokens(prompt),
  loss_fn_inputs: { target_tokens: int64([2, 3, answer]), weights: float32([0, 0, 1]) }
}

const program = Effect.gen(function*() {
  const baseModel = yield* Config.String("MODEL").pipe(Config.withDefault("Qwen/Qwen3-8B"))
  const client = yield* TinkerClient
  const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 4 } })
  for (let step = 0; step < 10; step++) {
    // Both are sent before either is waited for.
    const gradient = yield* training.submit.forwardBackward([datum], "cross_entropy")
    const update = yield* training.submit.optimStep({ learningRate: 0.1 })
    yield* Effect.all([gradient.result, update.result], { concurrency: "unbounded" })
  }
  const sampler = yield* training.sampler()
  const { sequences } = yield* sampler.sample(tokens(prompt), { maxTokens: 1, temperature: 0.01, stop: [] })
  const logprobs = yield* sampler.computeLogprobs(tokens([...prompt, answer]))
  yield* Console.log(`sampled ${sequences[0]?.tokens.join(" ")}, log-probability ${logprobs.at(-1)?.toFixed(2)}`)
  const { path } = yield* training.saveState("taught", { ttlSeconds: 86_400 })
  yield* Console.log(`saved ${path}`)
})

await Effect.runPromise(
  Effect.provide(program, Layer.provide(TinkerClient.layerConfig, FetchHttpClient.layer))
)
