/** Training runs and checkpoints. */
import * as Schema from "effect/Schema"
import { booleanOr, maybe } from "./Common.ts"
import { UserMetadata } from "./Values.ts"

export const Checkpoint = Schema.Struct({
  checkpoint_id: Schema.String,
  checkpoint_type: Schema.Literals(["training", "sampler"]),
  /** ISO 8601. */
  time: Schema.String,
  tinker_path: Schema.String,
  size_bytes: maybe(Schema.Number),
  public: booleanOr(false),
  expires_at: maybe(Schema.String)
})
export type Checkpoint = typeof Checkpoint.Type

export const TrainingRun = Schema.Struct({
  training_run_id: Schema.String,
  base_model: Schema.String,
  model_owner: maybe(Schema.String),
  is_lora: maybe(Schema.Boolean),
  corrupted: booleanOr(false),
  lora_rank: maybe(Schema.Int),
  last_request_time: maybe(Schema.String),
  last_checkpoint: maybe(Checkpoint),
  last_sampler_checkpoint: maybe(Checkpoint),
  user_metadata: maybe(UserMetadata)
})
export type TrainingRun = typeof TrainingRun.Type

export const Cursor = Schema.Struct({ offset: Schema.Int, limit: Schema.Int, total_count: Schema.Int })

export const TrainingRunsReply = Schema.Struct({ training_runs: Schema.Array(TrainingRun), cursor: maybe(Cursor) })
export const CheckpointsReply = Schema.Struct({ checkpoints: Schema.Array(Checkpoint), cursor: maybe(Cursor) })

/** Null keeps the checkpoint for good. */
export const TtlRequest = Schema.Struct({ ttl_seconds: Schema.NullOr(Schema.Int) })

/** A signed address of a tar with `adapter_config.json` and `adapter_model.safetensors`. */
export const ArchiveReply = Schema.Struct({ url: Schema.String, expires: maybe(Schema.String) })

export const WeightsInfoRequest = Schema.Struct({ tinker_path: Schema.String })
export const WeightsInfo = Schema.Struct({
  base_model: Schema.String,
  is_lora: maybe(Schema.Boolean),
  lora_rank: maybe(Schema.Int),
  train_unembed: maybe(Schema.Boolean),
  train_mlp: maybe(Schema.Boolean),
  train_attn: maybe(Schema.Boolean)
})
export type WeightsInfo = typeof WeightsInfo.Type

export const SessionInfo = Schema.Struct({
  training_run_ids: Schema.Array(Schema.String),
  sampler_ids: Schema.Array(Schema.String)
})
