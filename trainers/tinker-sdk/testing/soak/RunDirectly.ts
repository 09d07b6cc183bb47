import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Adapter, EngineError, TrainingBatch, Weights } from "../engine/Engine.ts"
import { softmaxEngine } from "../softmax/SoftmaxEngine.ts"
import { type Account, MODEL, PART, type Sequence, type Step, VOCABULARY, written } from "./RandomProgram.ts"

const shape = { rank: 2, seed: 1, trainUnembed: true, trainMlp: true, trainAttn: true }

const batchOf = (data: ReadonlyArray<Sequence>): TrainingBatch => ({ loss: "cross_entropy", config: {}, data })

/** Carries a program out on the engine itself: no client, no service, no network. What a client must come to as well. */
export const runDirectly = Effect.fnUntraced(function*(
  program: ReadonlyArray<Step>
): Effect.fn.Return<Account, EngineError, Scope.Scope> {
  const engine = softmaxEngine({ vocabularySize: VOCABULARY })
  const runs: Array<{ readonly adapter: Adapter; readonly done: Array<string> }> = []
  const open = Effect.fnUntraced(function*(seed: number) {
    const run = { adapter: yield* engine.createAdapter(MODEL, { ...shape, seed }), done: [] as Array<string> }
    runs.push(run)
    return run
  })
  let run = yield* open(shape.seed)
  let sampling: Weights = { baseModel: MODEL, state: undefined }
  let saved: Uint8Array | undefined
  const results: Array<string> = []
  const did = (kind: string) => run.done.push(`${run.done.length + 1} ${kind}`)

  for (const [index, step] of program.entries()) {
    switch (step._tag) {
      case "Learn": {
        const outputs = []
        for (let at = 0; at < step.data.length; at += PART) {
          outputs.push(...yield* run.adapter.forwardBackward(batchOf(step.data.slice(at, at + PART))))
          did("forward_backward")
        }
        results[index] = written(outputs.map(({ logprobs }) => logprobs.flat()))
        break
      }
      case "Optimise":
        yield* run.adapter.optimStep({
          learningRate: step.learningRate,
          beta1: 0.9,
          beta2: 0.95,
          eps: 1e-12,
          weightDecay: 0,
          gradClipNorm: 0
        })
        did("optim_step")
        break
      case "Custom": {
        const [first] = yield* run.adapter.forward(batchOf([step.data]))
        did("forward")
        const weights = first!.logprobs.map((row) => row.map((l) => -Math.fround(Math.exp(Math.fround(l)))))
        yield* run.adapter.forwardBackward(batchOf([{ ...step.data, weights }]))
        did("forward_backward")
        break
      }
      case "Forward": {
        const outputs = yield* run.adapter.forward(batchOf([step.data]))
        did("forward")
        results[index] = written(outputs.map(({ logprobs }) => logprobs.flat()))
        break
      }
      case "Sampler":
        sampling = { baseModel: MODEL, state: yield* run.adapter.save }
        did("save_weights_for_sampler")
        break
      case "Sample": {
        const { prompt, seed } = step
        const request = { weights: sampling, prompt, maxTokens: 4, temperature: 1, topK: -1, topP: 1, stop: undefined }
        const sequences = yield* Effect.forEach([0, 1], (n) => engine.generate({ ...request, seed: seed + n }))
        results[index] = written(sequences.map(({ logprobs, tokens }) => [tokens, logprobs]))
        break
      }
      case "Score": {
        const { topK } = yield* engine.score({ weights: sampling, tokens: step.prompt, topK: step.k })
        results[index] = written([null, ...topK])
        break
      }
      case "Save": {
        const state = yield* run.adapter.save
        did(step.forSampler ? "save_weights_for_sampler" : "save_weights")
        if (step.forSampler) sampling = { baseModel: MODEL, state }
        else saved = state
        break
      }
      case "Resume":
        if (saved === undefined) break
        run = yield* open(0)
        yield* run.adapter.load(saved, true)
        did("load_weights")
        break
    }
  }
  const models = yield* Effect.forEach(
    runs,
    ({ adapter, done }) => Effect.map(adapter.save, (state) => ({ done: done.join("\n"), state: String(state) }))
  )
  return { results, models }
})
