/** The binary form of sampling results. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import type * as Effect from "effect/Effect"
import { fromFloat32, fromInt32, toFloat32, toInt32 } from "./Bytes.ts"
import { codec } from "./Codec.ts"
import type * as Proto from "./generated/tinker_public_pb.ts"
import {
  PromptAltTokensSchema,
  SampledSequenceSchema,
  SampleResponseSchema,
  StopReason,
  TopkLogprobsSchema
} from "./generated/tinker_public_pb.ts"
import { fromProtoTensor, toProtoTensor } from "./ProtoTensor.ts"
import type { SampledSequence, SampleResult, TopK } from "./Sampling.ts"
import { refuse, type WireError } from "./WireError.ts"

const RESULT = "The sampling result"

/** Fills the cells of a top-K table that have no answer. */
const NO_ID = 0
export const NO_LOGPROB = -99_999

const toProtoTopK = (rows: ReadonlyArray<TopK>): Proto.TopkLogprobs => {
  const k = Math.max(0, ...rows.map((row) => row?.length ?? 0))
  const cells = rows.flatMap((row) => Array.from({ length: k }, (_, column) => row?.[column] ?? [NO_ID, NO_LOGPROB]))
  return create(TopkLogprobsSchema, {
    tokenIds: fromInt32(cells.map(([id]) => id!), "A top-K table"),
    logprobs: fromFloat32(cells.map(([, logprob]) => logprob!)),
    k,
    length: rows.length
  })
}

const fromProtoTopK = ({ k, length, logprobs, tokenIds }: Proto.TopkLogprobs): ReadonlyArray<TopK> => {
  const ids = toInt32(tokenIds, "A top-K table")
  const values = toFloat32(logprobs, "A top-K table")
  if (ids.length !== k * length || values.length !== k * length) {
    refuse(
      "decode",
      "A top-K table",
      `${ids.length} ids and ${values.length} values do not fill ${length} rows of ${k}`
    )
  }
  return Array.from({ length }, (_, row) => {
    const cells = Array.from({ length: k }, (_, column) => [ids[row * k + column]!, values[row * k + column]!] as const)
    const known = cells.filter(([, logprob]) => logprob !== NO_LOGPROB)
    return known.length === 0 ? null : known
  })
}

const toProtoSequence = (sequence: SampledSequence): Proto.SampledSequence =>
  create(SampledSequenceSchema, {
    stopReason: sequence.stop_reason === "stop" ? StopReason.STOP : StopReason.LENGTH,
    tokens: fromInt32(sequence.tokens, "A sampled sequence"),
    ...(sequence.logprobs ? { logprobs: fromFloat32(sequence.logprobs) } : {}),
    ...(sequence.topk_sampled_logprobs ? { topkSampledLogprobs: toProtoTopK(sequence.topk_sampled_logprobs) } : {})
  })

const stopReason = (reason: Proto.StopReason): SampledSequence["stop_reason"] =>
  reason === StopReason.STOP ? "stop" : reason === StopReason.LENGTH
    ? "length"
    : refuse("decode", "A sampled sequence", `its stop reason ${reason} is unknown`)

/** Servers leave a buffer out or empty where they have no answer. */
const present = (bytes: Uint8Array | undefined): bytes is Uint8Array => bytes !== undefined && bytes.byteLength > 0

const fromProtoSequence = (sequence: Proto.SampledSequence): SampledSequence => {
  const tokens = toInt32(sequence.tokens, "A sampled sequence")
  const logprobs = present(sequence.logprobs) ? toFloat32(sequence.logprobs, "A sampled sequence") : null
  if (logprobs !== null && logprobs.length !== tokens.length) {
    refuse("decode", "A sampled sequence", `it has ${tokens.length} tokens and ${logprobs.length} log-probabilities`)
  }
  return {
    stop_reason: stopReason(sequence.stopReason),
    tokens,
    logprobs,
    ...(sequence.topkSampledLogprobs === undefined
      ? {}
      : { topk_sampled_logprobs: fromProtoTopK(sequence.topkSampledLogprobs) })
  }
}

export const encodeSampleResult = (result: SampleResult): Effect.Effect<Uint8Array<ArrayBuffer>, WireError> =>
  codec("encode", RESULT, () =>
    toBinary(
      SampleResponseSchema,
      create(SampleResponseSchema, {
        sequences: result.sequences.map(toProtoSequence),
        ...(result.prompt_logprobs
          ? { promptLogprobs: fromFloat32(result.prompt_logprobs.map((logprob) => logprob ?? Number.NaN)) }
          : {}),
        ...(result.topk_prompt_logprobs ? { topkPromptLogprobs: toProtoTopK(result.topk_prompt_logprobs) } : {}),
        promptCacheHitTokens: result.prompt_cache_hit_tokens ?? 0,
        ...(result.target_prompt_logprobs
          ? { targetPromptLogprobs: toProtoTensor(result.target_prompt_logprobs, "The target log-probabilities") }
          : {}),
        ...(result.prompt_alt_tokens
          ? {
            promptAltTokens: create(PromptAltTokensSchema, {
              tokens: toProtoTensor(result.prompt_alt_tokens.tokens, "The alternative tokens"),
              logprobs: toProtoTensor(result.prompt_alt_tokens.logprobs, "The alternative log-probabilities")
            })
          }
          : {})
      })
    ))

export const decodeSampleResult = (bytes: Uint8Array): Effect.Effect<SampleResult, WireError> =>
  codec("decode", RESULT, () => {
    const result = fromBinary(SampleResponseSchema, bytes, { readUnknownFields: false })
    const { promptAltTokens: alternatives } = result
    return {
      type: "sample",
      sequences: result.sequences.map(fromProtoSequence),
      prompt_logprobs: present(result.promptLogprobs)
        ? toFloat32(result.promptLogprobs, "The prompt log-probabilities").map((logprob) =>
          Number.isNaN(logprob) ? null : logprob
        )
        : null,
      ...(result.topkPromptLogprobs === undefined
        ? {}
        : { topk_prompt_logprobs: fromProtoTopK(result.topkPromptLogprobs) }),
      prompt_cache_hit_tokens: result.promptCacheHitTokens,
      ...(result.targetPromptLogprobs === undefined
        ? {}
        : { target_prompt_logprobs: fromProtoTensor(result.targetPromptLogprobs, "The target log-probabilities") }),
      ...(alternatives?.tokens === undefined || alternatives.logprobs === undefined
        ? {}
        : {
          prompt_alt_tokens: {
            tokens: fromProtoTensor(alternatives.tokens, "The alternative tokens"),
            logprobs: fromProtoTensor(alternatives.logprobs, "The alternative log-probabilities")
          }
        })
    }
  })
