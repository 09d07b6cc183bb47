import * as Effect from "effect/Effect"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { sampleTurn, type Turn } from "../../core/Turn.ts"
import type { RolloutOptions } from "./Options.ts"
import { rewards } from "./Reward.ts"
import type { Target } from "./Target.ts"

/** A sampled turn; `count` is how many times it was drawn. */
interface Rollout extends Turn {
  /** log pi of its tokens when it was sampled, length T. */
  readonly logProbs: ReadonlyArray<number>
  readonly count: number
  readonly reward: number
}

/** Turns sampled from the current weights under the correction-free prompt, equal ones together. */
export interface Group {
  readonly rollouts: ReadonlyArray<Rollout>
  /** G, repetitions included. */
  readonly size: number
}

/** Rewards in the order of drawing do not matter, so a turn drawn n times is n equal rewards. */
export const rewardsOf = ({ rollouts }: Group): ReadonlyArray<number> =>
  rollouts.flatMap(({ count, reward }) => Array.from({ length: count }, () => reward))

export const equalRewards = ({ rollouts }: Group): boolean =>
  rollouts.every(({ reward }) => reward === rollouts[0]!.reward)

/** A group of sampled turns. Equal seeds, weights and lessons give equal groups. */
export const sampleGroup = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  lesson: Lesson,
  target: Target,
  options: RolloutOptions,
  seed: number
): Effect.fn.Return<Group, BackendError> {
  const { promptIds } = lesson.attempt
  const room = backend.info.contextLength - promptIds.length
  const longest = Math.max(64, 2 * Math.max(lesson.attempt.ids.length, target.ids.length))
  const distinct = new Map<string, Rollout>()
  for (let i = 0; i < options.samples; i++) {
    const turn = yield* sampleTurn(backend, {
      promptIds,
      maxTokens: Math.min(room, longest),
      temperature: options.temperature,
      topP: 1,
      seed: (seed * 1_000_003 + i) % 2_147_483_647,
      weights: currentWeights
    })
    const name = turn.ids.join()
    const same = distinct.get(name)
    distinct.set(
      name,
      same === undefined
        ? { ...turn, logProbs: turn.logProbs ?? [], count: 1, reward: rewards[options.reward](turn, target) }
        : { ...same, count: same.count + 1 }
    )
  }
  return { rollouts: [...distinct.values()], size: options.samples }
})

/** log pi of a rollout's tokens under the current weights. */
export const rolloutLogProbs = (
  backend: LoraBackend["Service"],
  lesson: Lesson,
  { ids }: Rollout
): Effect.Effect<ReadonlyArray<number>, BackendError> =>
  backend.score({ promptIds: lesson.attempt.promptIds, completionIds: ids, weights: currentWeights }).pipe(
    Effect.map(({ logProbs }) => logProbs)
  )

/** The groups of one lesson: a new one is sampled after every `updatesPerGroup` updates. */
export const groupsOf = <A>(
  sample: (index: number) => Effect.Effect<A, BackendError>,
  updatesPerGroup: number
): {
  /** The group in force, and how many updates were made on it. */
  readonly current: Effect.Effect<{ readonly group: A; readonly updates: number }, BackendError>
  readonly afterUpdate: Effect.Effect<void>
} => {
  let held: { readonly group: A; readonly updates: number } | undefined
  let index = 0
  return {
    current: Effect.gen(function*() {
      if (held !== undefined && held.updates < updatesPerGroup) return held
      held = { group: yield* sample(index++), updates: 0 }
      return held
    }),
    afterUpdate: Effect.sync(() => {
      if (held !== undefined) held = { ...held, updates: held.updates + 1 }
    })
  }
}

/** Why equal rewards make no step, for the user. */
export const allEqual = (group: Group): string =>
  `All ${group.size} calls sampled without your correction are worth the same `
  + `(${group.rollouts[0]!.reward.toFixed(2)} of 1), so they cannot be compared and no step was made. `
  + "Correct again, edit the call, or set more samples."
