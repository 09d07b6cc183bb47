import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as Effect from "effect/Effect"
import {
  ArrayRecordSchema,
  BatchedTensorSchema,
  type Chunk,
  DType,
  ForwardBackwardOutputSchema,
  ForwardBackwardRequestSchema,
  SampledSequenceSchema,
  SampleResponseSchema,
  StopReason,
  type Tensor,
  TensorSchema,
  type TopkLogprobs,
  TopkLogprobsSchema
} from "../../wire/generated/tinker_public_pb.ts"
import { messageOf } from "../../MessageOf.ts"
import { type Refusal, refuse } from "./Http.ts"
import type { ForwardBackwardResult, SampleResult, TopK } from "./Results.ts"

/** Reads a buffer whose start need not be aligned. */
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const readInt32 = (bytes: Uint8Array): ReadonlyArray<number> =>
  Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view(bytes).getInt32(4 * i, true))
const readInt64 = (bytes: Uint8Array): ReadonlyArray<number> =>
  Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => Number(view(bytes).getBigInt64(8 * i, true)))
const readFloat32 = (bytes: Uint8Array): ReadonlyArray<number> =>
  Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view(bytes).getFloat32(4 * i, true))

const write = (count: number, size: number, put: (view: DataView, index: number) => void): Uint8Array => {
  const bytes = new Uint8Array(count * size)
  for (let index = 0; index < count; index++) put(view(bytes), index)
  return bytes
}
const int32 = (values: ReadonlyArray<number>): Uint8Array =>
  write(values.length, 4, (out, i) => out.setInt32(4 * i, values[i]!, true))
const int64 = (values: ReadonlyArray<number>): Uint8Array =>
  write(values.length, 8, (out, i) => out.setBigInt64(8 * i, BigInt(values[i]!), true))
const float32 = (values: ReadonlyArray<number>): Uint8Array =>
  write(values.length, 4, (out, i) => out.setFloat32(4 * i, values[i]!, true))

const tensorJson = (tensor: Tensor): unknown => {
  const { dtype, encoding } = tensor
  const values = encoding.case === "sparseCsr" ? encoding.value.values : encoding.value ?? new Uint8Array()
  const sparse = encoding.case === "sparseCsr"
    ? {
      sparse_crow_indices: readInt64(encoding.value.crowIndices),
      sparse_col_indices: readInt64(encoding.value.colIndices)
    }
    : {}
  return {
    data: dtype === DType.INT64 ? readInt64(values) : readFloat32(values),
    dtype: dtype === DType.INT64 ? "int64" : dtype === DType.FLOAT32 ? "float32" : `dtype ${dtype}`,
    shape: tensor.shape.map(Number),
    ...sparse
  }
}

const chunkJson = ({ chunk }: Chunk): unknown =>
  chunk.case === "encodedText"
    ? { type: "encoded_text", tokens: readInt32(chunk.value.tokens) }
    : { type: chunk.case ?? "empty chunk" }

/**
 * A binary forward_backward request in the shape of its JSON form, not yet checked. Undecodable bytes and fields that the
 * service does not know are refused.
 */
export const readForwardBackward = (
  bytes: Uint8Array
): Effect.Effect<{ readonly forwardOnly: boolean; readonly value: unknown }, Refusal> =>
  Effect.try({
    try: () => fromBinary(ForwardBackwardRequestSchema, bytes),
    catch: (cause) => refuse(422, `the protobuf body cannot be decoded: ${messageOf(cause)}`)
  }).pipe(Effect.flatMap((message) => {
    const unknown = [
      message,
      ...message.data,
      ...message.data.flatMap(({ lossFnInputs }) => Object.values(lossFnInputs))
    ]
      .flatMap(({ $unknown }) => $unknown ?? [])
    if (unknown[0] !== undefined) return Effect.fail(refuse(422, `unknown protobuf field ${unknown[0].no}`))
    const second = Object.entries(message.lossFnConfigV2).map(([key, { value }]) => [key, value.value])
    const config = second.length > 0 ? Object.fromEntries(second) : message.lossFnConfig
    const input = {
      data: message.data.map(({ lossFnInputs, modelInput }) => ({
        model_input: { chunks: modelInput.map(chunkJson) },
        loss_fn_inputs: Object.fromEntries(Object.entries(lossFnInputs).map(([key, value]) => [key, tensorJson(value)]))
      })),
      loss_fn: message.lossFn,
      ...(Object.keys(config).length > 0 ? { loss_fn_config: config } : {})
    }
    return Effect.succeed({
      forwardOnly: message.forwardOnly,
      value: {
        model_id: message.modelId,
        seq_id: message.seqId,
        [message.forwardOnly ? "forward_input" : "forward_backward_input"]: input
      }
    })
  }))

const batched = (tensors: ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>, trailing: ReadonlyArray<number>) => {
  const flat = tensors.map((rows) => rows.flat())
  const offsets = [0]
  for (const values of flat) offsets.push(offsets.at(-1)! + 4 * values.length)
  return create(BatchedTensorSchema, {
    data: float32(flat.flat()),
    offsets: int64(offsets),
    dtype: DType.FLOAT32,
    trailingShape: trailing.map(BigInt)
  })
}

/** A training result; neighbours of one shape share a record, so that targets of different K make several. */
export const writeForwardBackward = (result: ForwardBackwardResult): Uint8Array => {
  const groups: Array<Array<ForwardBackwardResult["outputs"][number]>> = []
  const shapeOf = ({ logprobs, twoAxes }: ForwardBackwardResult["outputs"][number]) =>
    twoAxes ? [logprobs[0]?.length ?? 0] : []
  for (const output of result.outputs) {
    const last = groups.at(-1)
    if (last !== undefined && String(shapeOf(last[0]!)) === String(shapeOf(output))) last.push(output)
    else groups.push([output])
  }
  return toBinary(
    ForwardBackwardOutputSchema,
    create(ForwardBackwardOutputSchema, {
      lossFnOutputType: "fake.losses:ArrayRecord",
      lossFnOutputs: groups.map((group) =>
        create(ArrayRecordSchema, {
          fields: {
            logprobs: batched(group.map(({ logprobs }) => logprobs), shapeOf(group[0]!)),
            elementwise_loss: batched(group.map(({ losses }) => losses), shapeOf(group[0]!))
          },
          numDatums: BigInt(group.length)
        })
      ),
      metrics: { ...result.metrics }
    })
  )
}

/** What an empty cell of a top-k table holds. */
const NO_LOGPROB = -99999

const topkTable = (rows: ReadonlyArray<TopK | null>, k: number): TopkLogprobs => {
  const cells = rows.flatMap((row) => Array.from({ length: k }, (_, index) => row?.[index] ?? [0, NO_LOGPROB] as const))
  return create(TopkLogprobsSchema, {
    tokenIds: int32(cells.map(([id]) => id)),
    logprobs: float32(cells.map(([, logprob]) => logprob)),
    k,
    length: rows.length
  })
}

export const writeSample = (result: SampleResult): Uint8Array =>
  toBinary(
    SampleResponseSchema,
    create(SampleResponseSchema, {
      sequences: result.sequences.map(({ logprobs, stopReason, tokens, topK }) =>
        create(SampledSequenceSchema, {
          stopReason: stopReason === "stop" ? StopReason.STOP : StopReason.LENGTH,
          tokens: int32(tokens),
          logprobs: float32(logprobs),
          ...(topK === undefined ? {} : { topkSampledLogprobs: topkTable(topK, result.topkSampled) })
        })
      ),
      ...(result.promptLogprobs === undefined
        ? {}
        : { promptLogprobs: float32(result.promptLogprobs.map((value) => value ?? Number.NaN)) }),
      ...(result.topkPrompt === undefined
        ? {}
        : { topkPromptLogprobs: topkTable(result.topkPrompt.rows, result.topkPrompt.k) }),
      ...(result.targets === undefined ? {} : {
        targetPromptLogprobs: create(TensorSchema, {
          encoding: { case: "dense", value: float32(result.targets.flat().map((value) => value ?? Number.NaN)) },
          dtype: DType.FLOAT32,
          shape: [BigInt(result.targets.length), BigInt(result.targets[0]?.length ?? 0)]
        })
      })
    })
  )
