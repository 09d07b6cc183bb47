import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ConnectionDropped, FakeReply, FakeTinker } from "../../trainers/tinker-sdk/testing/index.ts"

/** A reply with its body read as JSON. */
interface JsonReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

const decodeRecord = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))
)

/** Requests to the fake service word for word, without a client in between. */
export const tinkerCalls = (service: FakeTinker["Service"], key: string = service.apiKey) => {
  const prefix = new URL(service.baseUrl).pathname.replace(/\/$/, "")
  const send = (
    method: string,
    path: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>> = {}
  ): Effect.Effect<FakeReply, ConnectionDropped> =>
    service.handle({
      method,
      path: `${prefix}/api/v1${path}`,
      headers: { "x-api-key": key, accept: "application/json", ...headers },
      body
    })
  const read = ({ body, headers, status }: FakeReply): JsonReply => ({
    status,
    headers,
    body: body.length === 0 ? {} : decodeRecord(new TextDecoder().decode(body))
  })
  const call = (method: string) => (path: string, value?: unknown): Effect.Effect<JsonReply, ConnectionDropped> =>
    value === undefined
      ? Effect.map(send(method, path, new Uint8Array()), read)
      : Effect.map(
        send(method, path, new TextEncoder().encode(JSON.stringify(value)), { "content-type": "application/json" }),
        read
      )
  const post = call("POST")

  /** Polls until there is a result. */
  const result = (requestId: unknown): Effect.Effect<JsonReply, ConnectionDropped> =>
    Effect.gen(function*() {
      while (true) {
        const reply = yield* post("/retrieve_future", { request_id: requestId })
        if (reply.status !== 408 && reply.body["type"] !== "try_again") return reply
      }
    })
  /** Submits and waits for the result. */
  const perform = (path: string, value: unknown): Effect.Effect<JsonReply, ConnectionDropped> =>
    Effect.flatMap(
      post(path, value),
      (reply) => reply.body["request_id"] === undefined ? Effect.succeed(reply) : result(reply.body["request_id"])
    )

  /** A session with one model in it. */
  const model = Effect.fnUntraced(function*(baseModel: string, rank = 4) {
    const session = yield* post("/create_session", { tags: [], sdk_version: "0.25.0", type: "create_session" })
    const sessionId = String(session.body["session_id"])
    const made = yield* perform("/create_model", {
      session_id: sessionId,
      model_seq_id: 0,
      base_model: baseModel,
      lora_config: { rank, seed: 1, train_unembed: true, train_mlp: true, train_attn: true },
      type: "create_model"
    })
    return { sessionId, modelId: String(made.body["model_id"]) }
  })

  return { send, get: call("GET"), post, put: call("PUT"), del: call("DELETE"), result, perform, model }
}

export const text = (tokens: ReadonlyArray<number>) => ({ chunks: [{ type: "encoded_text", tokens }] })
const tensor = (dtype: string) => (data: ReadonlyArray<number>, shape: ReadonlyArray<number> = [data.length]) => ({
  data,
  dtype,
  shape
})
export const int64 = tensor("int64")
export const float32 = tensor("float32")

/** Shifts a sequence as the protocol wants it: inputs without the last token, targets without the first. */
export const crossEntropyDatum = (tokens: ReadonlyArray<number>, weights: ReadonlyArray<number>) => ({
  model_input: text(tokens.slice(0, -1)),
  loss_fn_inputs: { target_tokens: int64(tokens.slice(1)), weights: float32(weights) }
})

export const adam = (learningRate: number) => ({
  learning_rate: learningRate,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weight_decay: 0,
  grad_clip_norm: 0
})
