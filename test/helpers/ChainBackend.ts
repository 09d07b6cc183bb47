import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { LearnOutcome } from "../../core/domain/Step.ts"
import { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { Trainer, TrainerError } from "../../core/Trainer.ts"
import { fakeTokenizer } from "./FakeBackend.ts"
import { skipped, stepped } from "./Lessons.ts"

/** An adapter that is the list of what it was taught, in order, and what it was drawn from. */
export interface Chain {
  readonly seed: number
  readonly taught: ReadonlyArray<string>
}

const PADDING = 2000

/** The chain as bytes, so padded that a snapshot takes several pages of the ledger's file. */
export const chainBytes = (chain: Chain): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(chain).padEnd(PADDING * (1 + chain.taught.length % 7)))
export const chainOf = (bytes: Uint8Array): Chain => JSON.parse(new TextDecoder().decode(bytes))

const unused = Effect.die(new Error("not part of the chain"))

/** A backend whose adapter is a `Chain`. `score` is what a Trainer teaches it with: the prompt ids are the text. */
export const chainBackend = (rank = 16): Layer.Layer<LoraBackend> =>
  Layer.effect(
    LoraBackend,
    Effect.gen(function*() {
      const chain = yield* Ref.make<Chain>({ seed: 0, taught: [] })
      const imported = (directory: string) => Ref.set(chain, { seed: -1, taught: [directory] })
      return LoraBackend.of({
        info: {
          backend: "chain",
          engine: "none",
          modelName: "chain",
          modelIdentity: "model-a",
          contextLength: 100_000,
          vocabularySize: 65_536,
          lora: { rank, alpha: 32, targets: ["q_proj"] },
          capabilities: { fullDistribution: false, topK: 0, shadows: false, streaming: true, training: true }
        },
        tokenizer: fakeTokenizer,
        revision: Effect.map(Ref.get(chain), ({ taught }) => taught.length),
        sample: () => Stream.empty,
        score: () => unused,
        evaluate: () => unused,
        forwardBackward: () => unused,
        update: () => unused,
        discard: Effect.void,
        blendShadow: (text) => Ref.update(chain, ({ seed, taught }) => ({ seed, taught: [...taught, text] })),
        snapshot: Effect.map(Ref.get(chain), chainBytes),
        restore: (bytes) => Ref.set(chain, chainOf(bytes)),
        reset: (seed) => Ref.set(chain, { seed, taught: [] }),
        exportPeft: () => Effect.void,
        importPeft: (directory) =>
          directory === "broken"
            ? Effect.fail(new BackendError({ reason: "ModelFiles", message: "there is no adapter_config.json." }))
            : imported(directory)
      })
    })
  )

export interface ChainTraining {
  /** A setting of the Trainer: what it teaches carries it. */
  readonly rate?: number
  /** How many kept turns it asks for. */
  readonly rehearses?: number
  /** Fails at a lesson with this correction. */
  readonly failsAt?: string
  /** Never ends at a lesson with this correction. */
  readonly hangsAt?: string
}

/** Teaches a correction once, marked with what was rehearsed; a second time there is nothing to learn. */
export const chainTrainer = (
  { failsAt, hangsAt, rate = 1, rehearses = 0 }: ChainTraining = {}
): Layer.Layer<Trainer, never, LoraBackend> =>
  Layer.effect(
    Trainer,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      return Trainer.of({
        objective: "chain",
        settings: { rate, limit: Infinity },
        rehearses,
        learnsFromRetry: true,
        teacherSeesAttempt: false,
        learn: Effect.fnUntraced(function*({ correction, id }, _, kept = []) {
          const { taught } = chainOf(yield* backend.snapshot.pipe(Effect.orDie))
          if (correction === failsAt)
            return yield* new TrainerError({ reason: "NonFinite", message: "the loss is not finite." })
          if (
            taught.some((text) => text.startsWith(`${correction}@`))
          ) return skipped satisfies LearnOutcome
          const rehearsed = kept.length === 0 ? "" : `~${kept.map(({ ids }) => fakeTokenizer.decode(ids)).join("~")}`
          yield* backend.blendShadow(`${correction}@${rate}${rehearsed}`, 1).pipe(Effect.orDie)
          if (correction === hangsAt) return yield* Effect.never
          const outcome = stepped(id, yield* backend.revision)
          if (outcome._tag !== "Stepped") return outcome
          const evidence = { ...outcome.step.evidence, asCorrected: true, greedyAfter: correction }
          return { ...outcome, step: { ...outcome.step, evidence } } satisfies LearnOutcome
        })
      })
    })
  )
