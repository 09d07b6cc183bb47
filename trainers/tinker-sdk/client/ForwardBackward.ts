/** Sending a batch in parts and putting the results together. */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { TinkerError } from "../TinkerError.ts"
import { type Observer } from "../transport/Progress.ts"
import {
  type Datum,
  decodeForwardBackwardOutput,
  Endpoints,
  type ForwardBackwardAddress,
  ForwardBackwardOutput,
  type LossFnConfig,
  prepareForwardBackwardRequest,
  type WireError
} from "../wire/index.ts"
import { chunked, type Part } from "./Chunks.ts"
import { inputError, type WaitOptions } from "./Core.ts"
import { checkData, lossConfig, type LossFn } from "./Data.ts"
import { mergeMetrics } from "./Metrics.ts"
import { makePending, type Pending } from "./Pending.ts"
import { type Accepted, redeem, type SessionCore, submit } from "./Submission.ts"
import type { Turns } from "./Turns.ts"
import type * as Duration from "effect/Duration"

/** What forward and forward_backward give back. */
export interface TrainingOutput {
  /** One record per datum, in order: `logprobs`, shaped like `target_tokens`, and what else the service computes. */
  readonly outputs: ForwardBackwardOutput["loss_fn_outputs"]
  /** `name:reduction` to value. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface Batch {
  readonly data: ReadonlyArray<Datum>
  readonly loss: LossFn
  readonly config: LossFnConfig | undefined
  readonly forwardOnly: boolean
}

interface ForwardBackwardParts {
  readonly core: SessionCore
  readonly modelId: string
  readonly turns: Turns
  /** Bytes that may be on their way at once, over all models. */
  readonly dispatch: Dispatch
}

export interface Dispatch {
  readonly semaphore: Semaphore.Semaphore
  readonly total: number
}

export const makeDispatch = (total: number): Dispatch => ({ semaphore: Semaphore.makeUnsafe(total), total })

const merge = (parts: ReadonlyArray<ForwardBackwardOutput>): TrainingOutput => ({
  outputs: parts.flatMap(({ loss_fn_outputs }) => loss_fn_outputs),
  metrics: mergeMetrics(parts)
})

/** A log-probability and a loss for each target. */
const outputBytes = ({ data }: Part): number =>
  data.reduce((sum, { loss_fn_inputs: { target_tokens: targets } }) => sum + (targets?.data.length ?? 0) * 8, 0)

/** A part that only lacks its address. */
interface Written {
  readonly write: (address: ForwardBackwardAddress) => Effect.Effect<Uint8Array, WireError>
  /** About as many as are on the wire. */
  readonly bytes: number
  readonly replyBytes: number
}

/** Checks, cuts, writes, queues. What is returned is on its way. */
export const submitBatch = (
  { core, dispatch, modelId, turns }: ForwardBackwardParts,
  batch: Batch,
  options: WaitOptions | undefined,
  observe: Observer
): Effect.Effect<{ readonly pending: Pending<TrainingOutput>; readonly withdraw: Effect.Effect<void> }, TinkerError> =>
  Effect.gen(function*() {
    const operation = batch.forwardOnly ? "forward" : "forward_backward"
    yield* checkData(operation, batch.data, batch.loss)
    const config = yield* lossConfig(operation, batch.loss, batch.config)
    const flags = core.transport.flags()
    const cut = chunked(batch.data, flags.fwdbwd_max_chunk_len, flags.fwdbwd_max_chunk_bytes_count)
    // Written before they are queued: what cannot be written must not cost a number.
    const parts = yield* Effect.mapError(
      Effect.forEach(cut, (part) =>
        Effect.map(
          prepareForwardBackwardRequest({
            data: part.data,
            loss_fn: batch.loss,
            ...(config === undefined ? {} : { loss_fn_config: config }),
            forward_only: batch.forwardOnly
          }),
          (write): Written => ({ write, bytes: part.bytes, replyBytes: outputBytes(part) })
        )),
      inputError(operation)
    )

    const post = (part: Written, seqId: number, leaving?: Effect.Effect<void>): Effect.Effect<Accepted, TinkerError> =>
      dispatch.semaphore.withPermits(Math.min(part.bytes, dispatch.total))(
        Effect.gen(function*() {
          const protobuf = yield* Effect.mapError(
            part.write({ model_id: modelId, seq_id: seqId }),
            inputError(operation)
          )
          return yield* core.session.whileAlive(
            submit(core, { operation, path: Endpoints.forwardBackward, protobuf, leaving }, { observe })
          )
        })
      )

    /** The service starts at the first part, so that goes last: then all others are there. */
    const send = Effect.fnUntraced(function*(first: number, leaving: Effect.Effect<void>) {
      const [head, ...rest] = parts
      const others = yield* Effect.forEach(rest, (part, index) => post(part, first + 1 + index), {
        concurrency: flags.parallel_fwdbwd_chunks ? "unbounded" : 1
      })
      return [yield* post(head!, first, leaving), ...others]
    })

    const ticket = yield* turns.enqueue({ operation, numbers: parts.length, send })
    const redeemAll = (accepted: ReadonlyArray<Accepted>, left: Duration.Duration) =>
      Effect.map(
        Effect.forEach(accepted, (promise, index) =>
          redeem(
            core,
            {
              operation,
              type: batch.forwardOnly ? "Forward" : "ForwardBackward",
              json: ForwardBackwardOutput,
              binary: decodeForwardBackwardOutput,
              expectedBytes: parts[index]!.replyBytes
            },
            promise,
            left,
            observe
          ), { concurrency: "unbounded" }),
        merge
      )
    return {
      pending: makePending({
        operation,
        accepted: ticket.accepted,
        deadline: options?.deadline ?? core.transport.settings.deadline,
        redeem: redeemAll
      }),
      withdraw: ticket.withdraw
    }
  })
