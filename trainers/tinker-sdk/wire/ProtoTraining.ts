/** The binary forms of forward-backward requests and outputs. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as Effect from "effect/Effect"
import { fromInt64, toInt64 } from "./Bytes.ts"
import { codec } from "./Codec.ts"
import type * as Proto from "./generated/tinker_public_pb.ts"
import {
  ArrayRecordSchema,
  BatchedTensorSchema,
  ForwardBackwardOutputSchema,
  ForwardBackwardRequestSchema
} from "./generated/tinker_public_pb.ts"
import {
  fromNumbers,
  fromProtoDatum,
  product,
  protoType,
  shapeOf,
  sortedEntries,
  toNumbers,
  toProtoDatum
} from "./ProtoTensor.ts"
import type { ForwardBackwardOutput, ForwardBackwardRequest } from "./Training.ts"
import type { LossFnConfig, TensorData } from "./Values.ts"
import { refuse, type WireError } from "./WireError.ts"

const REQUEST = "The forward-backward request"
const OUTPUT = "The forward-backward result"

/** Numbers go where every server reads them; text needs the newer field, which then holds all values. */
const toProtoConfig = (config: LossFnConfig) => {
  const entries = sortedEntries(config)
  const numbers = entries.flatMap(([name, value]) => typeof value === "number" ? [[name, value] as const] : [])
  return {
    lossFnConfig: Object.fromEntries(numbers),
    lossFnConfigV2: numbers.length === entries.length ? {} : Object.fromEntries(
      entries.map(([name, value]) => [
        name,
        {
          value: typeof value === "number"
            ? { case: "number" as const, value }
            : { case: "text" as const, value }
        }
      ])
    )
  }
}

const fromProtoConfig = (request: Proto.ForwardBackwardRequest): LossFnConfig => ({
  ...request.lossFnConfig,
  ...Object.fromEntries(
    Object.entries(request.lossFnConfigV2).map(([name, { value }]) => [
      name,
      value.case === undefined ? refuse("decode", REQUEST, `the loss setting "${name}" has no value`) : value.value
    ])
  )
})

/** What a request says beside whose it is. */
export type ForwardBackwardContent = Omit<ForwardBackwardRequest, "model_id" | "seq_id">
export type ForwardBackwardAddress = Pick<ForwardBackwardRequest, "model_id" | "seq_id">

/**
 * Writes the content, so that only model and number, the message's first two fields, are left to be put before it. Fails where
 * a tensor does not fit its shape, an id is not a whole number, a chunk is empty or has no binary form.
 */
export const prepareForwardBackwardRequest = (
  content: ForwardBackwardContent
): Effect.Effect<(address: ForwardBackwardAddress) => Effect.Effect<Uint8Array<ArrayBuffer>, WireError>, WireError> =>
  Effect.map(
    codec("encode", REQUEST, () =>
      toBinary(
        ForwardBackwardRequestSchema,
        create(ForwardBackwardRequestSchema, {
          data: content.data.map(toProtoDatum),
          lossFn: content.loss_fn,
          ...toProtoConfig(content.loss_fn_config ?? {}),
          forwardOnly: content.forward_only
        })
      )),
    (written) => ({ model_id, seq_id }) =>
      codec("encode", REQUEST, () => {
        const head = toBinary(
          ForwardBackwardRequestSchema,
          create(ForwardBackwardRequestSchema, { modelId: model_id, seqId: seq_id })
        )
        const whole = new Uint8Array(head.length + written.length)
        whole.set(head)
        whole.set(written, head.length)
        return whole
      })
  )

/** The same at once. */
export const encodeForwardBackwardRequest = (
  request: ForwardBackwardRequest
): Effect.Effect<Uint8Array<ArrayBuffer>, WireError> =>
  Effect.flatMap(prepareForwardBackwardRequest(request), (write) => write(request))

export const decodeForwardBackwardRequest = (
  bytes: Uint8Array
): Effect.Effect<ForwardBackwardRequest, WireError> =>
  codec("decode", REQUEST, () => {
    const request = fromBinary(ForwardBackwardRequestSchema, bytes, { readUnknownFields: false })
    const config = fromProtoConfig(request)
    return {
      model_id: request.modelId,
      seq_id: request.seqId,
      data: request.data.map(fromProtoDatum),
      loss_fn: request.lossFn,
      ...(Object.keys(config).length === 0 ? {} : { loss_fn_config: config }),
      forward_only: request.forwardOnly
    }
  })

type Output = Readonly<Record<string, TensorData>>

/** Datums can share a record when their fields have the same names, types and shapes behind the first axis. */
const signature = (output: Output): string =>
  sortedEntries(output).map(([name, tensor]) => `${name}:${tensor.dtype}:${shapeOf(tensor).slice(1).join("x")}`).join(
    ";"
  )

const groups = (outputs: ReadonlyArray<Output>): ReadonlyArray<ReadonlyArray<Output>> => {
  const found: Array<Array<Output>> = []
  outputs.forEach((output, index) => {
    const previous = outputs[index - 1]
    if (previous !== undefined && signature(previous) === signature(output)) found.at(-1)!.push(output)
    else found.push([output])
  })
  return found
}

const toBatched = (tensors: ReadonlyArray<TensorData>, what: string): Proto.BatchedTensor => {
  const parts = tensors.map((tensor) =>
    product(shapeOf(tensor)) === tensor.data.length
      ? fromNumbers(tensor, what)
      : refuse("encode", what, `its shape does not hold ${tensor.data.length} values`)
  )
  const offsets = [0]
  for (const part of parts) offsets.push(offsets.at(-1)! + part.byteLength)
  const data = new Uint8Array(offsets.at(-1)!)
  parts.forEach((part, index) => data.set(part, offsets[index]))
  const first = tensors[0]!
  return create(BatchedTensorSchema, {
    data,
    offsets: fromInt64(offsets, what),
    dtype: protoType(first),
    trailingShape: shapeOf(first).slice(1).map(BigInt)
  })
}

const fromBatched = (tensor: Proto.BatchedTensor, count: number, what: string): ReadonlyArray<TensorData> => {
  const offsets = toInt64(tensor.offsets, what)
  const fits = offsets.length === count + 1 && offsets[0] === 0 && offsets.at(-1) === tensor.data.byteLength &&
    offsets.every((offset, index) => index === 0 || offset >= offsets[index - 1]!)
  if (!fits) refuse("decode", what, `its offsets do not cut ${tensor.data.byteLength} bytes into ${count} parts`)
  const trailing = tensor.trailingShape.map(Number)
  const width = product(trailing)
  return Array.from({ length: count }, (_, index) => {
    const numbers = toNumbers(tensor.data.subarray(offsets[index], offsets[index + 1]), tensor.dtype, what)
    const rows = numbers.data.length === 0 ? 0 : numbers.data.length / width
    if (!Number.isInteger(rows)) refuse("decode", what, `${numbers.data.length} values do not fill rows of ${width}`)
    return { ...numbers, shape: [rows, ...trailing] }
  })
}

const toRecord = (outputs: ReadonlyArray<Output>, typeTag: string): Proto.ArrayRecord =>
  create(ArrayRecordSchema, {
    typeTag,
    fields: Object.fromEntries(
      sortedEntries(outputs[0]!).map(([name]) => [
        name,
        toBatched(outputs.map((output) => output[name]!), `The output "${name}"`)
      ])
    ),
    numDatums: BigInt(outputs.length)
  })

const fromRecord = (record: Proto.ArrayRecord): ReadonlyArray<Output> => {
  const count = Number(record.numDatums)
  const fields = sortedEntries(record.fields).map(([name, tensor]) =>
    [name, fromBatched(tensor, count, `The output "${name}"`)] as const
  )
  return Array.from(
    { length: count },
    (_, index) => Object.fromEntries(fields.map(([name, tensors]) => [name, tensors[index]!]))
  )
}

/** `typeTag` names the kind of the records; clients do not read it. */
export const encodeForwardBackwardOutput = (
  output: ForwardBackwardOutput,
  typeTag = ""
): Effect.Effect<Uint8Array<ArrayBuffer>, WireError> =>
  codec("encode", OUTPUT, () =>
    toBinary(
      ForwardBackwardOutputSchema,
      create(ForwardBackwardOutputSchema, {
        lossFnOutputType: output.loss_fn_output_type,
        lossFnOutputs: groups(output.loss_fn_outputs).map((group) => toRecord(group, typeTag)),
        metrics: Object.fromEntries(sortedEntries(output.metrics))
      })
    ))

/** Of the type only the part behind the last colon is kept. Records are concatenated: one output per datum, in order. */
export const decodeForwardBackwardOutput = (bytes: Uint8Array): Effect.Effect<ForwardBackwardOutput, WireError> =>
  codec("decode", OUTPUT, () => {
    const output = fromBinary(ForwardBackwardOutputSchema, bytes, { readUnknownFields: false })
    return {
      loss_fn_output_type: output.lossFnOutputType.slice(output.lossFnOutputType.lastIndexOf(":") + 1),
      loss_fn_outputs: output.lossFnOutputs.flatMap(fromRecord),
      metrics: { ...output.metrics }
    }
  })
