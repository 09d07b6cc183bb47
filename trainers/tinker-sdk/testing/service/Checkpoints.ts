import * as Effect from "effect/Effect"
import type { LoraShape, Weights } from "../engine/Engine.ts"
import { type Refusal, refuse } from "./Http.ts"

export type CheckpointKind = "weights" | "sampler_weights"

export interface Checkpoint {
  readonly runId: string
  readonly kind: CheckpointKind
  readonly name: string
  readonly weights: Weights & { readonly state: Uint8Array }
  readonly shape: LoraShape
  /** Milliseconds since the epoch. */
  readonly time: number
  expiresAt: number | undefined
  published: boolean
}

export const checkpointPath = (runId: string, kind: CheckpointKind, name: string): string =>
  `tinker://${runId}/${kind}/${name}`

const isoTime = (millis: number): string => new Date(millis).toISOString()

export const checkpointJson = (checkpoint: Checkpoint): unknown => {
  const { expiresAt, kind, name, published, runId, time, weights } = checkpoint
  return {
    checkpoint_id: `${kind}/${name}`,
    checkpoint_type: kind === "weights" ? "training" : "sampler",
    time: isoTime(time),
    tinker_path: checkpointPath(runId, kind, name),
    size_bytes: weights.state.length,
    public: published,
    expires_at: expiresAt === undefined ? null : isoTime(expiresAt)
  }
}

/** Where checkpoints outlive the service. */
export interface CheckpointKeeper {
  readonly all: ReadonlyArray<Checkpoint>
  readonly put: (checkpoint: Checkpoint) => void
}

/** Saved weights by path. What outlived its time is gone. */
export class Checkpoints {
  readonly #keeper: CheckpointKeeper | undefined
  readonly #byPath = new Map<string, Checkpoint>()
  readonly #reserved = new Set<string>()

  constructor(keeper?: CheckpointKeeper) {
    this.#keeper = keeper
    for (const one of keeper?.all ?? []) this.#byPath.set(checkpointPath(one.runId, one.kind, one.name), one)
  }

  /** Keeps a name for a save that is under way; a taken one is refused unless it may be overwritten. */
  reserve(path: string, overwrite: boolean, now: number): Effect.Effect<void, Refusal> {
    return Effect.suspend(() => {
      this.#forget(now)
      if (!overwrite && (this.#byPath.has(path) || this.#reserved.has(path))) {
        return Effect.fail(refuse(409, `${path} already exists: choose another name, or overwrite it`))
      }
      this.#reserved.add(path)
      return Effect.void
    })
  }

  put(checkpoint: Checkpoint): void {
    const path = checkpointPath(checkpoint.runId, checkpoint.kind, checkpoint.name)
    this.#reserved.delete(path)
    this.#byPath.set(path, checkpoint)
    this.#keeper?.put(checkpoint)
  }

  /** Gives a name back whose save failed. */
  release(path: string): void {
    this.#reserved.delete(path)
  }

  find(path: string, now: number): Effect.Effect<Checkpoint, Refusal> {
    return Effect.suspend(() => {
      this.#forget(now)
      const found = this.#byPath.get(path)
      return found === undefined ? Effect.fail(refuse(404, `checkpoint ${path} not found`)) : Effect.succeed(found)
    })
  }

  delete(path: string, now: number): Effect.Effect<void, Refusal> {
    return Effect.map(this.find(path, now), () => {
      this.#byPath.delete(path)
    })
  }

  /** All that are there, oldest first. */
  list(now: number): ReadonlyArray<Checkpoint> {
    this.#forget(now)
    return [...this.#byPath.values()]
  }

  #forget(now: number): void {
    for (const [path, { expiresAt }] of this.#byPath) {
      if (expiresAt !== undefined && expiresAt <= now) this.#byPath.delete(path)
    }
  }
}
