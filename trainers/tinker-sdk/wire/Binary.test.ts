import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Result from "effect/Result"
import { readFileSync } from "node:fs"
import {
  decodeForwardBackwardOutput,
  decodeForwardBackwardRequest,
  decodeSampleResult,
  encodeForwardBackwardOutput,
  encodeForwardBackwardRequest,
  encodeSampleResult,
  type ForwardBackwardOutput,
  type ForwardBackwardRequest,
  type SampleResult,
  type TensorData
} from "./index.ts"

const hex: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("./fixtures/binary.json", import.meta.url), "utf8")
)
const bytes = (name: string): Uint8Array => Result.getOrThrow(Hex.decode(hex[name] ?? ""))

const text = (...tokens: ReadonlyArray<number>) => ({ chunks: [{ type: "encoded_text" as const, tokens }] })
const int64 = (data: ReadonlyArray<number>, shape: ReadonlyArray<number> = [data.length]): TensorData => ({
  data,
  dtype: "int64",
  shape
})
const float32 = (data: ReadonlyArray<number>, shape: ReadonlyArray<number> = [data.length]): TensorData => ({
  data: data.map(Math.fround),
  dtype: "float32",
  shape
})

const crossEntropy: ForwardBackwardRequest = {
  model_id: "m",
  seq_id: 1,
  data: [{
    model_input: text(1, 2, 3),
    loss_fn_inputs: { target_tokens: int64([2, 3, 4]), weights: float32([0, 1, 1]) }
  }],
  loss_fn: "cross_entropy",
  forward_only: false
}

const requests: Readonly<Record<string, ForwardBackwardRequest>> = {
  fb_cross_entropy: crossEntropy,
  fwd_only: { ...crossEntropy, seq_id: 2, forward_only: true },
  fb_ppo: {
    model_id: "m",
    seq_id: 3,
    data: [{
      model_input: text(1, 2),
      loss_fn_inputs: {
        target_tokens: int64([2, 3]),
        logprobs: float32([0, -0.5]),
        advantages: float32([0, 1.5])
      }
    }],
    loss_fn: "ppo",
    loss_fn_config: { clip_low_threshold: 0.8, clip_high_threshold: 1.2 },
    forward_only: false
  },
  fb_topk_targets: {
    model_id: "m",
    seq_id: 4,
    data: [{
      model_input: text(1, 2),
      loss_fn_inputs: {
        target_tokens: int64([2, 5, 3, 6], [2, 2]),
        weights: float32([0.75, 0.25, 0.5, 0.5], [2, 2])
      }
    }],
    loss_fn: "cross_entropy",
    forward_only: false
  },
  fb_sparse_targets: {
    model_id: "m",
    seq_id: 5,
    data: [{
      model_input: text(1, 2, 3, 4),
      loss_fn_inputs: {
        target_tokens: {
          ...int64([9, 8], [4, 1]),
          sparse_crow_indices: [0, 0, 0, 1, 2],
          sparse_col_indices: [0, 0]
        }
      }
    }],
    loss_fn: "cross_entropy",
    forward_only: false
  },
  fb_real_request: {
    model_id: "model_fb487428",
    seq_id: 2,
    data: [{
      model_input: text(256, 40, 41, 42, 43, 44, 45, 46),
      loss_fn_inputs: {
        target_tokens: int64([40, 41, 42, 43, 44, 45, 46, 256]),
        weights: float32([0, 0, 0, 1, 1, 1, 1, 1])
      }
    }],
    loss_fn: "cross_entropy",
    forward_only: false
  }
}

const losses = [-0, -0, -0, 5.58117, 5.82125, 5.8802, 5.68737, 5.78313]
const logprobs = [-5.92283, -6.12074, -5.70066, -5.58117, -5.82125, -5.8802, -5.68737, -5.78313]

const near = (actual: ReadonlyArray<number> | null | undefined, expected: ReadonlyArray<number>) => {
  assert.strictEqual(actual?.length, expected.length)
  expected.forEach((value, index) => assert.closeTo(actual?.[index] ?? Number.NaN, value, 1e-5))
}

const output: ForwardBackwardOutput = {
  loss_fn_output_type: "ArrayRecord",
  loss_fn_outputs: [{ logprobs: float32([-1, -2]) }, { logprobs: float32([-0.5]) }],
  metrics: { "loss:sum": 3.5 }
}

const sampled: SampleResult = {
  type: "sample",
  sequences: [
    { stop_reason: "stop", tokens: [10, 11], logprobs: [-0.5, -0.25] },
    { stop_reason: "length", tokens: [12], logprobs: [-1] }
  ],
  prompt_logprobs: [null, -1.5, -2],
  topk_prompt_logprobs: [null, [[7, -0.25], [8, -1.5]], [[9, -0.5], [4, -2]]],
  prompt_cache_hit_tokens: 2
}

describe("binary requests", () => {
  for (const [name, request] of Object.entries(requests)) {
    it.effect(`${name}: written byte for byte and read back`, () =>
      Effect.gen(function*() {
        assert.strictEqual(Hex.encode(yield* encodeForwardBackwardRequest(request)), hex[name])
        assert.deepStrictEqual(yield* decodeForwardBackwardRequest(bytes(name)), request)
      }))
  }

  it.effect("text settings of a loss travel in the newer field, numbers in both", () =>
    Effect.gen(function*() {
      const request = { ...crossEntropy, loss_fn_config: { beta: 0.5, mode: "strict" } }
      const sent = yield* encodeForwardBackwardRequest(request)
      assert.deepStrictEqual(yield* decodeForwardBackwardRequest(sent), request)
    }))

  it.effect("images and dmel chunks travel by value", () =>
    Effect.gen(function*() {
      const request: ForwardBackwardRequest = {
        ...crossEntropy,
        data: [{
          model_input: {
            chunks: [
              { type: "image", data: "AQID", format: "png", expected_tokens: 3 },
              { type: "image", data: "AQI=", format: "jpeg" },
              { type: "dmel", dmel: "/w==" }
            ]
          },
          loss_fn_inputs: {}
        }]
      }
      assert.deepStrictEqual(
        yield* decodeForwardBackwardRequest(yield* encodeForwardBackwardRequest(request)),
        request
      )
    }))

  const refused: Readonly<Record<string, ForwardBackwardRequest>> = {
    "an empty text chunk": { ...crossEntropy, data: [{ model_input: text(), loss_fn_inputs: {} }] },
    "a shape that does not fit": {
      ...crossEntropy,
      data: [{ model_input: text(1), loss_fn_inputs: { weights: float32([1, 2], [3]) } }]
    },
    "a fractional id": {
      ...crossEntropy,
      data: [{ model_input: text(1), loss_fn_inputs: { target_tokens: int64([1.5]) } }]
    },
    "a token outside 32 bits": { ...crossEntropy, data: [{ model_input: text(2 ** 31), loss_fn_inputs: {} }] },
    "an image by reference": {
      ...crossEntropy,
      data: [{
        model_input: { chunks: [{ type: "image_asset_pointer", location: "x", format: "png" }] },
        loss_fn_inputs: {}
      }]
    },
    "half a sparse tensor": {
      ...crossEntropy,
      data: [{
        model_input: text(1),
        loss_fn_inputs: { weights: { ...float32([1], [1, 1]), sparse_crow_indices: [0, 1] } }
      }]
    }
  }
  for (const [name, request] of Object.entries(refused)) {
    it.effect(`refuses ${name}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(encodeForwardBackwardRequest(request))
        assert.strictEqual(error.side, "encode")
        assert.match(error.message, /Correct the value/)
      }))
  }
})

describe("binary training results", () => {
  it.effect("fb_output: the type is the part behind the colon, datums are cut at the offsets", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* decodeForwardBackwardOutput(bytes("fb_output")), output)
      const sent = yield* encodeForwardBackwardOutput({ ...output, loss_fn_output_type: "x.losses:ArrayRecord" }, "x")
      assert.strictEqual(Hex.encode(sent), hex["fb_output"])
    }))

  it.effect("fb_real_output: what a real server answered to fb_real_request", () =>
    Effect.gen(function*() {
      const real = yield* decodeForwardBackwardOutput(bytes("fb_real_output"))
      assert.strictEqual(real.loss_fn_output_type, "scalar")
      assert.strictEqual(real.loss_fn_outputs.length, 1)
      const [first] = real.loss_fn_outputs
      near(first?.["elementwise_loss"]?.data, losses)
      near(first?.["logprobs"]?.data, logprobs)
      assert.deepStrictEqual(first?.["logprobs"]?.shape, [8])
      assert.deepStrictEqual(real.metrics, {})
      assert.strictEqual(Hex.encode(yield* encodeForwardBackwardOutput(real)), hex["fb_real_output"])
    }))

  it.effect("ragged widths travel as several records, in order", () =>
    Effect.gen(function*() {
      const ragged: ForwardBackwardOutput = {
        loss_fn_output_type: "ArrayRecord",
        loss_fn_outputs: [
          { logprobs: float32([-1, -2, -3, -4], [2, 2]) },
          { logprobs: float32([-5, -6], [1, 2]) },
          { logprobs: float32([-7, -8, -9], [1, 3]) },
          { logprobs: float32([-1], [1]) },
          { logprobs: float32([-2, -3], [1, 2]), ids: int64([2 ** 40], [1]) }
        ],
        metrics: { "kl:mean": Number.NaN }
      }
      assert.deepStrictEqual(yield* decodeForwardBackwardOutput(yield* encodeForwardBackwardOutput(ragged)), ragged)
    }))

  it.effect("half an answer is refused, wherever it is cut", () =>
    Effect.gen(function*() {
      const whole = bytes("fb_real_output")
      for (const length of [3, 9, 40, 100, whole.length - 2]) {
        const error = yield* Effect.flip(decodeForwardBackwardOutput(whole.subarray(0, length)))
        assert.strictEqual(error.side, "decode")
      }
    }))
})

describe("binary samples", () => {
  it.effect("sample_response: STOP is the missing value, NaN and empty cells are no answers", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* decodeSampleResult(bytes("sample_response")), sampled)
      assert.strictEqual(Hex.encode(yield* encodeSampleResult(sampled)), hex["sample_response"])
    }))

  it.effect("sample_real_response: two sequences of a real server", () =>
    Effect.gen(function*() {
      const real = yield* decodeSampleResult(bytes("sample_real_response"))
      assert.deepStrictEqual(real.sequences.map(({ stop_reason, tokens }) => [stop_reason, ...tokens]), [
        ["length", 254, 117, 299, 308, 93],
        ["length", 254, 36, 301, 49, 11]
      ])
      assert.strictEqual(real.prompt_logprobs?.length, 7)
      assert.strictEqual(Hex.encode(yield* encodeSampleResult(real)), hex["sample_real_response"])
    }))

  it.effect("newer readouts travel too, and missing log-probabilities are null", () =>
    Effect.gen(function*() {
      const newer: SampleResult = {
        type: "sample",
        sequences: [{
          stop_reason: "length",
          tokens: [5],
          logprobs: null,
          topk_sampled_logprobs: [[[5, -0.5], [6, -1]]]
        }],
        prompt_logprobs: null,
        prompt_cache_hit_tokens: 0,
        target_prompt_logprobs: float32([-1, -2, -3, -4], [2, 2]),
        prompt_alt_tokens: { tokens: int64([3, 4], [2, 1]), logprobs: float32([-1, -2], [2, 1]) }
      }
      assert.deepStrictEqual(yield* decodeSampleResult(yield* encodeSampleResult(newer)), newer)
    }))

  it.effect("a table that is not full is refused", () =>
    Effect.gen(function*() {
      // topk_prompt_logprobs { k = 2, length = 3 } without any cells
      const error = yield* Effect.flip(decodeSampleResult(Uint8Array.from([0x1a, 4, 0x18, 2, 0x20, 3])))
      assert.match(error.message, /do not fill 3 rows of 2/)
    }))

  it.effect("an unknown stop reason is refused, an unknown field is not", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(decodeSampleResult(Uint8Array.from([0x0a, 2, 0x08, 7])))
      assert.match(error.message, /stop reason 7/)
      const known = yield* decodeSampleResult(Uint8Array.from([...bytes("sample_response"), 0xa2, 6, 1, 65]))
      assert.deepStrictEqual(known, sampled)
    }))
})
