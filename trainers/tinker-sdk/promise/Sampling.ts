import type { Samples } from "../client/Samples.ts"
import type { SampleOptions, SampleParams, SamplingClient } from "../client/SamplingClient.ts"
import type { GetSamplerReply, ModelInput } from "../wire/index.ts"
import { type CallOptions, type Promised, type Run, waitOptions } from "./Run.ts"

/** See `SamplingClient`. */
export interface PromiseSampling {
  readonly id: string
  readonly sample: (prompt: ModelInput, params: SampleParams, options?: Promised<SampleOptions>) => Promise<Samples>
  readonly computeLogprobs: (prompt: ModelInput, options?: CallOptions) => Promise<ReadonlyArray<number | null>>
  readonly topKLogprobs: (prompt: ModelInput, k: number, options?: CallOptions) => Promise<Samples>
  readonly scoreIds: (
    prompt: ModelInput,
    ids: ReadonlyArray<ReadonlyArray<number>>,
    options?: CallOptions
  ) => Promise<ReadonlyArray<ReadonlyArray<number | null>>>
  readonly info: () => Promise<GetSamplerReply>
}

export const samplingOf = (run: Run) => (client: SamplingClient): PromiseSampling => ({
  id: client.id,
  sample: (prompt, params, { signal, ...options } = {}) =>
    run(client.sample(prompt, params, { ...options, ...waitOptions(options) }), signal),
  computeLogprobs: (prompt, options = {}) => run(client.computeLogprobs(prompt, waitOptions(options)), options.signal),
  topKLogprobs: (prompt, k, options = {}) => run(client.topKLogprobs(prompt, k, waitOptions(options)), options.signal),
  scoreIds: (prompt, ids, options = {}) => run(client.scoreIds(prompt, ids, waitOptions(options)), options.signal),
  info: () => run(client.info)
})
