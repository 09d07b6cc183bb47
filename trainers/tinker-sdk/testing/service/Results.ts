/** The most likely ids of one position. */
export type TopK = ReadonlyArray<readonly [id: number, logprob: number]>

/** What forward and forward_backward return, whichever way it is written. */
export interface ForwardBackwardResult {
  readonly outputs: ReadonlyArray<{
    readonly logprobs: ReadonlyArray<ReadonlyArray<number>>
    readonly losses: ReadonlyArray<ReadonlyArray<number>>
    /** Whether the targets came as [N, K]. */
    readonly twoAxes: boolean
  }>
  readonly metrics: Readonly<Record<string, number>>
}

export interface SampleResult {
  readonly sequences: ReadonlyArray<{
    readonly stopReason: "stop" | "length"
    readonly tokens: ReadonlyArray<number>
    readonly logprobs: ReadonlyArray<number>
    readonly topK?: ReadonlyArray<TopK>
  }>
  /** K of the sequences' tables. */
  readonly topkSampled: number
  /** One entry a prompt token; nothing comes before the first. */
  readonly promptLogprobs?: ReadonlyArray<number | null>
  readonly topkPrompt?: { readonly k: number; readonly rows: ReadonlyArray<TopK | null> }
  /** Log-probabilities of asked-for ids, one row for each token after the first. */
  readonly targets?: ReadonlyArray<ReadonlyArray<number | null>>
}

const tensorJson = (rows: ReadonlyArray<ReadonlyArray<number>>, twoAxes: boolean) => ({
  data: rows.flat(),
  dtype: "float32",
  shape: twoAxes ? [rows.length, rows[0]?.length ?? 0] : [rows.length]
})

export const forwardBackwardJson = (result: ForwardBackwardResult): unknown => ({
  loss_fn_output_type: "ArrayRecord",
  loss_fn_outputs: result.outputs.map(({ logprobs, losses, twoAxes }) => ({
    logprobs: tensorJson(logprobs, twoAxes),
    elementwise_loss: tensorJson(losses, twoAxes)
  })),
  metrics: result.metrics
})

export const sampleJson = (result: SampleResult): unknown => ({
  type: "sample",
  sequences: result.sequences.map(({ logprobs, stopReason, tokens, topK }) => ({
    stop_reason: stopReason,
    tokens,
    logprobs,
    ...(topK === undefined ? {} : { topk_sampled_logprobs: topK })
  })),
  ...(result.promptLogprobs === undefined ? {} : { prompt_logprobs: result.promptLogprobs }),
  ...(result.topkPrompt === undefined ? {} : { topk_prompt_logprobs: result.topkPrompt.rows }),
  ...(result.targets === undefined ? {} : {
    target_prompt_logprobs: {
      data: result.targets.flat(),
      dtype: "float32",
      shape: [result.targets.length, result.targets[0]?.length ?? 0]
    }
  })
})
