/** What the service can do, and sessions. */
import * as Schema from "effect/Schema"
import { booleanOr, integerOr, maybe, numberOr, optional, tag } from "./Common.ts"
import { UserMetadata } from "./Values.ts"

export const Health = Schema.Struct({ status: Schema.String })

export const SupportedModel = Schema.Struct({
  model_name: Schema.String,
  max_context_length: maybe(Schema.Int),
  trainable: maybe(Schema.Boolean),
  sampleable: maybe(Schema.Boolean)
})
export const ServerCapabilities = Schema.Struct({ supported_models: Schema.Array(SupportedModel) })
export type ServerCapabilities = typeof ServerCapabilities.Type

export const ClientConfigRequest = Schema.Struct({ sdk_version: Schema.String })

/** Flags that steer the client; every one has a default. Sizes are bytes, lengths are datums. */
export const ClientConfig = Schema.Struct({
  pjwt_auth_enabled: booleanOr(false),
  sample_dispatch_bytes_semaphore_size: integerOr(10_485_760),
  inflight_response_bytes_semaphore_size: integerOr(52_428_800),
  parallel_fwdbwd_chunks: booleanOr(true),
  proto_compress_fwdbwd: booleanOr(false),
  fwdbwd_max_chunk_len: integerOr(1024),
  fwdbwd_max_chunk_bytes_count: integerOr(5_000_000),
  fwdbwd_dispatch_bytes_semaphore_size: integerOr(50_000_000),
  billing_exception_max_pause_duration_sec: numberOr(3600),
  sample_max_concurrent_requests: integerOr(2000),
  create_model_via_load_weights: booleanOr(false)
})
export type ClientConfig = typeof ClientConfig.Type

/** Answer of `client/dynamic_config`, which servers may not know (404). */
export const DynamicConfig = Schema.Struct({
  refresh_interval_sec: numberOr(300),
  sample_cancel_enabled: booleanOr(false),
  sample_cancel_max_batch_size: integerOr(64)
})
export type DynamicConfig = typeof DynamicConfig.Type

export const AuthTokenRequest = Schema.Struct({})
export const AuthToken = Schema.Struct({ jwt: Schema.String })

export const CreateSessionRequest = Schema.Struct({
  tags: Schema.Array(Schema.String),
  user_metadata: optional(UserMetadata),
  sdk_version: Schema.String,
  project_id: optional(Schema.String),
  type: tag("create_session")
})
export const CreateSessionReply = Schema.Struct({
  type: tag("create_session"),
  session_id: Schema.String,
  info_message: maybe(Schema.String),
  warning_message: maybe(Schema.String),
  error_message: maybe(Schema.String)
})

export const SessionHeartbeatRequest = Schema.Struct({ session_id: Schema.String, type: tag("session_heartbeat") })
export const SessionHeartbeatReply = Schema.Struct({ type: tag("session_heartbeat") })

/** Later heartbeats are answered with 410. */
export const FinishSessionRequest = Schema.Struct({
  reason: Schema.Struct({ type: Schema.Literals(["success", "errored", "interrupted"]) }),
  detail: optional(Schema.String)
})
