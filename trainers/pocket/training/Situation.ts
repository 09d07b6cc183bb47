import type { CallArguments } from "../../../core/domain/Call.ts"
import type { Rng } from "./Rng.ts"

/** A call without an id, as the corpus needs it. */
export interface PlainCall {
  readonly tool: string
  readonly arguments: CallArguments
}

/** One way to do what a situation asks for. The heaviest is the model's habit. */
export interface Alternative {
  readonly id: string
  readonly weight: number
  readonly call: PlainCall
  /** How a human names this way: fills `{T}` and `{A}`. */
  readonly names: ReadonlyArray<string>
  /** How a human forbids it, after "don't": fills `{V}`. */
  readonly verbs: ReadonlyArray<string>
  /** What the tool answers when the call is approved. */
  readonly result: string
}

/** A call that comes before the interesting one, and what it returned. */
export interface Prelude {
  readonly call: PlainCall
  readonly result: string
}

/** A drawn situation: a task, what happens before the choice, the ways to do it, and the closing words. */
export interface Scene {
  readonly kind: string
  readonly files: ReadonlyArray<string>
  readonly task: string
  readonly preludes: ReadonlyArray<Prelude>
  readonly alternatives: ReadonlyArray<Alternative>
  /** Calls after the chosen one, before the closing words. */
  readonly followUps: ReadonlyArray<Prelude>
  readonly closing: string
  /** What the task names: `x`, and `y` where there are two. */
  readonly slots: Readonly<Record<string, string>>
}

export interface Situation {
  readonly kind: string
  /** `heldOut` draws task phrasings that the training corpus never uses. */
  readonly draw: (rng: Rng, heldOut: boolean) => Scene
}

export const bash = (command: string): PlainCall => ({ tool: "bash", arguments: { command } })

export const habit = (scene: Scene): Alternative =>
  scene.alternatives.reduce((best, alternative) => alternative.weight > best.weight ? alternative : best)
