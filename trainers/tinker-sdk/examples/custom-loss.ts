// A loss that the service does not have: pull the probability of a token towards one half. Needs TINKER_API_KEY.
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { type Datum, int64, type LossAndGradient, TinkerClient, tokens } from "tinker-sdk"

const datum: Datum = { model_input: tokens([1, 2]), loss_fn_inputs: { target_tokens: int64([2, 5]) } }

// C = ½ (p − ½)² at the last position, p = exp(l), so dC/dl = (p − ½) p.
const towardsHalf: LossAndGradient = (logprobs) =>
  Effect.sync(() => {
    const last = logprobs.map(({ data }) => Math.exp(data.at(-1) ?? 0))
    return {
      gradients: logprobs.map(({ data }, index) => {
        const p = last[index] ?? 0
        return data.map((_, at) => at === data.length - 1 ? (p - 0.5) * p : 0)
      }),
      metrics: { "p:mean": last.reduce((sum, p) => sum + p, 0) / last.length }
    }
  })

const program = Effect.gen(function*() {
  const baseModel = yield* Config.String("MODEL").pipe(Config.withDefault("Qwen/Qwen3-8B"))
  const client = yield* TinkerClient
  const training = yield* client.createTrainingClient({ baseModel, lora: { rank: 4 } })
  for (let step = 0; step < 40; step++) {
    const { metrics } = yield* training.forwardBackwardCustom([datum], towardsHalf)
    yield* training.optimStep({ learningRate: 0.05 })
    if (step % 13 === 0) yield* Console.log(`step ${step}: p = ${metrics["p:mean"]?.toFixed(2)}`)
  }
})

await Effect.runPromise(
  Effect.provide(program, Layer.provide(TinkerClient.layerConfig, FetchHttpClient.layer))
)
