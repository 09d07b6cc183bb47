import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import {
  float32,
  int64,
  type Pending,
  type SamplingClient,
  TinkerClient,
  type TinkerError,
  type TinkerOptions,
  tokens,
  type TrainingOutput
} from "../../index.ts"
import { type FakeTinkerOptions, makeFakeTinker } from "../FakeTinker.ts"
import { fakeHttpClient } from "../InProcess.ts"
import { softmaxEngine } from "../softmax/SoftmaxEngine.ts"
import { type Account, MODEL, PART, type Sequence, type Step, VOCABULARY, written } from "./RandomProgram.ts"

/** How many operations may be under way before they are waited for. */
const UNDER_WAY = 8

const datum = (sequence: Sequence) => {
  const shape = sequence.targets[0]!.length === 1
    ? [sequence.tokens.length]
    : [sequence.tokens.length, sequence.targets[0]!.length]
  return {
    model_input: tokens(sequence.tokens),
    loss_fn_inputs: {
      target_tokens: int64(sequence.targets.flat(), shape),
      weights: float32(sequence.weights.flat(), shape)
    }
  }
}

const logprobs = ({ outputs }: TrainingOutput) => outputs.map((output) => output["logprobs"]?.data)

/** Carries a program out with the client, against a fake service of its own. */
export const runWithClient = Effect.fnUntraced(function*(
  program: ReadonlyArray<Step>,
  options: FakeTinkerOptions = {},
  clientOptions: Partial<TinkerOptions> = {}
): Effect.fn.Return<Account, TinkerError, Scope.Scope> {
  const service = yield* makeFakeTinker({
    engine: softmaxEngine({ vocabularySize: VOCABULARY }),
    clientConfig: { fwdbwd_max_chunk_len: PART },
    ...options
  })
  const client = yield* TinkerClient.make({
    apiKey: Redacted.make(service.apiKey),
    baseUrl: service.baseUrl,
    ...clientOptions
  }).pipe(Effect.provideService(HttpClient.HttpClient, fakeHttpClient(service)))
  let training = yield* client.createTrainingClient({ baseModel: MODEL, lora: { rank: 2, seed: 1 } })
  let sampling: SamplingClient = yield* client.createSamplingClient({ baseModel: MODEL })
  let saved: string | undefined
  const results: Array<string> = []
  const waiting: Array<Effect.Effect<void, TinkerError>> = []
  const collect = Effect.suspend(() =>
    Effect.forEach(waiting.splice(0), (wait) => wait, { discard: true, concurrency: "unbounded" })
  )

  /** Waits now, or lets some operations be under way. */
  const follow = Effect.fnUntraced(function*<A>(
    pending: Pending<A>,
    index: number,
    wait: boolean,
    note: (value: A) => void
  ) {
    waiting.push(Effect.map(pending.result, note))
    if (index % 7 === 0) {
      // Whoever stops waiting changes nothing.
      yield* Fiber.interrupt(yield* Effect.forkChild(pending.result, { startImmediately: true }))
    }
    if (wait || waiting.length >= UNDER_WAY) yield* collect
  })

  for (const [index, step] of program.entries()) {
    const note = (value: unknown) => {
      results[index] = written(value)
    }
    switch (step._tag) {
      case "Learn": {
        const pending = yield* training.submit.forwardBackward(step.data.map(datum), "cross_entropy")
        yield* follow(pending, index, step.wait, (output) => note(logprobs(output)))
        break
      }
      case "Optimise": {
        const pending = yield* training.submit.optimStep({ learningRate: step.learningRate })
        yield* follow(pending, index, step.wait, () => {})
        break
      }
      case "Custom":
        yield* training.forwardBackwardCustom(
          [datum(step.data)],
          (logprobs) =>
            Effect.succeed({ gradients: logprobs.map(({ data }) => data.map((l) => Math.fround(Math.exp(l)))) })
        )
        break
      case "Forward": {
        const pending = yield* training.submit.forward([datum(step.data)], "cross_entropy")
        yield* follow(pending, index, false, (output) => note(logprobs(output)))
        break
      }
      case "Sampler":
        sampling = yield* training.sampler()
        break
      case "Sample": {
        const params = { maxTokens: 4, seed: step.seed }
        const { sequences } = yield* sampling.sample(tokens(step.prompt), params, { numSamples: 2 })
        note(sequences.map(({ logprobs, tokens }) => [tokens, logprobs]))
        break
      }
      case "Score":
        note((yield* sampling.topKLogprobs(tokens(step.prompt), step.k)).topKPromptLogprobs)
        break
      case "Save":
        if (step.forSampler) {
          sampling = yield* client.createSamplingClient(yield* training.saveForSampler(`at-${index}`))
        } else saved = (yield* training.saveState(`at-${index}`)).path
        break
      case "Resume":
        yield* collect
        if (saved !== undefined) training = yield* client.resumeTraining(saved)
        break
    }
  }
  yield* collect
  const models = yield* Effect.forEach(
    yield* service.runs,
    ({ done, id, state }) =>
      Effect.map(Effect.orDie(state ?? Effect.die(new Error(`${id} is not loaded`))), (bytes) => ({
        done: done.map(({ kind, seqId }) => `${seqId} ${kind}`).join("\n"),
        state: String(bytes)
      }))
  )
  return { results, models }
})
