import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Wire from "./index.ts"

interface Vector {
  readonly name: string
  readonly schema: Schema.ConstraintCodec<unknown, unknown, never, never>
  readonly json: string
}

const vector = <S extends Schema.ConstraintCodec<unknown, unknown, never, never>>(
  name: string,
  schema: S,
  json: string
): Vector => ({ name, schema, json })

/** Each is read, strictly, and written again as the same text. */
const vectors: ReadonlyArray<Vector> = [
  vector(
    "create_session",
    Wire.CreateSessionRequest,
    `{"tags":["tui"],"sdk_version":"0.25.0","type":"create_session"}`
  ),
  vector(
    "create_session reply",
    Wire.CreateSessionReply,
    `{"type":"create_session","session_id":"s-1","info_message":null,"warning_message":null,"error_message":null}`
  ),
  vector(
    "session_heartbeat",
    Wire.SessionHeartbeatRequest,
    `{"session_id":"s-1","type":"session_heartbeat"}`
  ),
  vector("session_heartbeat reply", Wire.SessionHeartbeatReply, `{"type":"session_heartbeat"}`),
  vector(
    "create_model",
    Wire.CreateModelRequest,
    `{"session_id":"s-1","model_seq_id":0,"base_model":"Qwen/Qwen3-8B","lora_config":{"rank":32,"seed":1,"train_unembed":true,"train_mlp":true,"train_attn":true},"type":"create_model"}`
  ),
  vector("create_model promise", Wire.UntypedFuture, `{"request_id":"r1","model_id":"s-1:train:0"}`),
  vector("retrieve_future", Wire.RetrieveFutureRequest, `{"request_id":"r1","allow_metadata_only":false}`),
  vector("408 try_again", Wire.TryAgain, `{"type":"try_again","request_id":"r1","queue_state":"active"}`),
  vector("200 try_again", Wire.TryAgain, `{"type":"try_again","request_id":"r1","queue_state":"paused_capacity"}`),
  vector("create_model result", Wire.CreateModelResult, `{"model_id":"s-1:train:0","type":"create_model"}`),
  vector("get_info", Wire.GetInfoRequest, `{"model_id":"s-1:train:0","type":"get_info"}`),
  vector(
    "get_info reply",
    Wire.GetInfoReply,
    `{"type":"get_info","model_id":"s-1:train:0","model_data":{"arch":"qwen3","model_name":"Qwen/Qwen3-8B","tokenizer_id":"Qwen/Qwen3-8B"},"is_lora":true,"lora_rank":32,"model_name":"Qwen/Qwen3-8B"}`
  ),
  vector(
    "optim_step",
    Wire.OptimStepRequest,
    `{"adam_params":{"learning_rate":0.0001,"beta1":0.9,"beta2":0.95,"eps":1e-12,"weight_decay":0,"grad_clip_norm":0},"model_id":"s-1:train:0","seq_id":2,"type":"optim_step"}`
  ),
  vector("optim_step result", Wire.OptimStepResult, `{"metrics":{}}`),
  vector(
    "save_weights",
    Wire.SaveWeightsRequest,
    `{"model_id":"s-1:train:0","path":"000010","seq_id":3,"ttl_seconds":604800,"overwrite":false,"type":"save_weights"}`
  ),
  vector(
    "save_weights result",
    Wire.SaveWeightsResult,
    `{"path":"tinker://s-1:train:0/weights/000010","type":"save_weights"}`
  ),
  vector(
    "save_weights_for_sampler, ephemeral",
    Wire.SaveWeightsForSamplerRequest,
    `{"model_id":"s-1:train:0","sampling_session_seq_id":0,"seq_id":4,"type":"save_weights_for_sampler"}`
  ),
  vector(
    "save_weights_for_sampler result, ephemeral",
    Wire.SaveWeightsForSamplerResult,
    `{"path":null,"sampling_session_id":"s-1:sample:0","type":"save_weights_for_sampler"}`
  ),
  vector(
    "save_weights_for_sampler, named",
    Wire.SaveWeightsForSamplerRequest,
    `{"model_id":"s-1:train:0","path":"000010","seq_id":5,"type":"save_weights_for_sampler"}`
  ),
  vector(
    "save_weights_for_sampler result, named",
    Wire.SaveWeightsForSamplerResult,
    `{"path":"tinker://s-1:train:0/sampler_weights/000010","type":"save_weights_for_sampler"}`
  ),
  vector(
    "create_sampling_session",
    Wire.CreateSamplingSessionRequest,
    `{"session_id":"s-1","sampling_session_seq_id":1,"model_path":"tinker://s-1:train:0/sampler_weights/000010","type":"create_sampling_session"}`
  ),
  vector(
    "create_sampling_session reply",
    Wire.CreateSamplingSessionReply,
    `{"type":"create_sampling_session","sampling_session_id":"s-1:sample:1"}`
  ),
  vector(
    "asample",
    Wire.SampleRequest,
    `{"num_samples":2,"prompt":{"chunks":[{"type":"encoded_text","tokens":[151644,872,198,13048,151645,198,151644,77091,198]}]},"sampling_params":{"max_tokens":16,"seed":7,"stop":[151645],"temperature":1,"top_k":-1,"top_p":1},"sampling_session_id":"s-1:sample:1","seq_id":0,"prompt_logprobs":true,"topk_prompt_logprobs":0,"type":"sample"}`
  ),
  vector("asample promise", Wire.UntypedFuture, `{"request_id":"r9","sample_sequence_ids":["q1","q2"]}`),
  vector(
    "asample result",
    Wire.SampleResult,
    `{"type":"sample","sequences":[{"stop_reason":"stop","tokens":[13048,151645],"logprobs":[-0.5,-0.25]},{"stop_reason":"length","tokens":[9707],"logprobs":[-1]}],"prompt_logprobs":[null,-1.5,-2]}`
  ),
  vector("failure", Wire.RequestFailure, `{"error":"prompt too long","category":"user"}`),
  vector(
    "load_weights",
    Wire.LoadWeightsRequest,
    `{"model_id":"s-1:train:1","seq_id":1,"path":"tinker://s-1:train:0/weights/000010","optimizer":true,"type":"load_weights"}`
  ),
  vector("load_weights result", Wire.LoadWeightsResult, `{"type":"load_weights"}`),
  vector(
    "complete_metadata",
    Wire.CompleteMetadata,
    `{"status":"complete_metadata","response_payload_size":123456}`
  )
]

describe("JSON messages", () => {
  for (const { json, name, schema } of vectors) {
    it.effect(`${name}: read strictly and written as the same text`, () =>
      Effect.gen(function*() {
        const value = yield* Wire.decodeJsonStrictly(schema)(name, json)
        assert.strictEqual(yield* Wire.encodeJson(schema)(name, value), json)
      }))
  }

  it.effect("tags and defaults are filled in where they are left out", () =>
    Effect.gen(function*() {
      const body = yield* Wire.encodeJson(Wire.OptimStepRequest)(
        "optim_step",
        Wire.OptimStepRequest.make({
          model_id: "m",
          seq_id: 1,
          adam_params: Wire.AdamParams.make({ learning_rate: 1 })
        })
      )
      assert.strictEqual(
        body,
        `{"adam_params":{"learning_rate":1,"beta1":0.9,"beta2":0.95,"eps":1e-12,"weight_decay":0,"grad_clip_norm":0},"model_id":"m","seq_id":1,"type":"optim_step"}`
      )
      const read = yield* Wire.decodeJson(Wire.SampleRequest)(
        "asample",
        `{"prompt":{"chunks":[]},"sampling_params":{"max_tokens":1},"base_model":"b"}`
      )
      assert.deepStrictEqual(read, {
        num_samples: 1,
        prompt: { chunks: [] },
        sampling_params: { max_tokens: 1, temperature: 1, top_k: -1, top_p: 1 },
        base_model: "b",
        topk_prompt_logprobs: 0,
        type: "sample"
      })
    }))

  it.effect("a client ignores keys it does not know, a strict server refuses them", () =>
    Effect.gen(function*() {
      const json = `{"request_id":"r","future_id":7,"status":"pending"}`
      assert.deepStrictEqual(yield* Wire.decodeJson(Wire.UntypedFuture)("promise", json), { request_id: "r" })
      const error = yield* Effect.flip(Wire.decodeJsonStrictly(Wire.UntypedFuture)("promise", json))
      assert.match(error.message, /future_id/)
    }))

  it.effect("flags of the service default one by one", () =>
    Effect.gen(function*() {
      const config = yield* Wire.decodeJson(Wire.ClientConfig)("client/config", `{"fwdbwd_max_chunk_len":4}`)
      assert.deepStrictEqual(config, { ...Wire.ClientConfig.make({}), fwdbwd_max_chunk_len: 4 })
      assert.strictEqual(config.sample_dispatch_bytes_semaphore_size, 10_485_760)
    }))
})

describe("error bodies", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    [`{"detail":"Session not found"}`, "Session not found"],
    [
      `{"detail":[{"type":"missing","loc":["body","adam_params"],"msg":"Field required","input":{"model_id":"m"}}]}`,
      "adam_params: Field required"
    ],
    [`{"error":"no such thing"}`, "no such thing"],
    [`<html>502</html>`, "502"],
    [
      `<!DOCTYPE HTML>\n<html><head><style>b { c: d }</style><title>Error</title></head>\n<body><p>No <b>such</b> page.</p></body></html>`,
      "No such page."
    ],
    [`2 < 3 and 4 > 3`, "2 < 3 and 4 > 3"],
    [``, ""]
  ]
  for (const [body, expected] of cases) {
    it(`${JSON.stringify(body)} reads ${JSON.stringify(expected)}`, () => {
      assert.strictEqual(Wire.readableErrorBody(body), expected)
    })
  }
})

describe("paths", () => {
  it("round trip, with the colons of run ids", () => {
    const text = "tinker://s-1:train:0/sampler_weights/000010"
    const path = Result.getOrThrow(Wire.parseTinkerPath(text))
    assert.deepStrictEqual(path, { trainingRunId: "s-1:train:0", kind: "sampler_weights", name: "000010" })
    assert.strictEqual(Wire.formatTinkerPath(path), text)
    assert.strictEqual(
      Wire.Endpoints.checkpoint("s-1:train:0", "weights", "a b"),
      "/api/v1/training_runs/s-1:train:0/checkpoints/weights/a%20b"
    )
  })

  it("others are refused", () => {
    for (const text of ["s-1/weights/a", "tinker://s-1/other/a", "tinker://s-1/weights/", "tinker://s-1/weights/a/b"]) {
      assert.isTrue(Result.isFailure(Wire.parseTinkerPath(text)), text)
    }
  })
})

describe("sparse tensors", () => {
  const dense: Wire.TensorData = { data: [0, 0, 5, 0, 0, 0, 0, 7, 0, 0, 0, 0], dtype: "int64", shape: [2, 6] }

  it.effect("go sparse where that is shorter, and back", () =>
    Effect.gen(function*() {
      const sparse = Wire.toSparseIfShorter(dense)
      assert.deepStrictEqual(sparse, {
        data: [5, 7],
        dtype: "int64",
        shape: [2, 6],
        sparse_crow_indices: [0, 1, 2],
        sparse_col_indices: [2, 1]
      })
      assert.deepStrictEqual(yield* Wire.toDense(sparse), dense)
      const full: Wire.TensorData = { data: [1, 2, 3, 4], dtype: "float32", shape: [2, 2] }
      assert.strictEqual(Wire.toSparseIfShorter(full), full)
    }))

  it.effect("indices that do not fit are refused", () =>
    Effect.gen(function*() {
      const sparse = Wire.toSparseIfShorter(dense)
      for (
        const wrong of [{ sparse_crow_indices: [0, 2] }, { sparse_crow_indices: [0, 3, 2] }, {
          sparse_col_indices: [2, 6]
        }]
      ) {
        assert.strictEqual((yield* Effect.flip(Wire.toDense({ ...sparse, ...wrong }))).side, "decode")
      }
    }))
})
