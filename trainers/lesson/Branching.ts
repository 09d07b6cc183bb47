import type { BranchingToken, TokenChance } from "../../core/domain/Step.ts"
import type { Tokenizer } from "../../core/LoraBackend.ts"
import type { Turn } from "../../core/Turn.ts"
import { type GreedyTurn, LISTED } from "./GreedyTurn.ts"

/** Characters of the text before it. */
const LEAD = 32

const firstDifference = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number | undefined => {
  const index = a.findIndex((id, t) => b[t] !== id)
  return index === -1 ? undefined : index
}

const largestChange = (before: ReadonlyArray<number>, after: ReadonlyArray<number>): number => {
  const changes = before.map((x, t) => Math.abs(after[t]! - x))
  return changes.indexOf(Math.max(...changes))
}

/**
 * Where the attempt's tokens and what the model does greedily instead part ways: for a denied attempt after the step, for
 * an approved one before it. Where they do not, the token whose probability changed most.
 */
const branchPosition = (
  attempt: ReadonlyArray<number>,
  other: ReadonlyArray<number>,
  before: ReadonlyArray<number>,
  after: ReadonlyArray<number>
): number => firstDifference(attempt, other) ?? largestChange(before, after)

/** The branching token of an attempt with what was likely there before and after, read off the scores of both sides. */
export const branchingToken = (
  tokenizer: Tokenizer,
  attempt: Turn,
  before: GreedyTurn,
  after: GreedyTurn,
  approved: boolean
): BranchingToken => {
  const position = branchPosition(
    attempt.ids,
    approved ? before.ids : after.ids,
    before.attemptLogProbs,
    after.attemptLogProbs
  )
  const textOf = (id: number) => tokenizer.decode([id])
  const sides = [before, after].map(({ likeliest }) =>
    new Map(likeliest?.[position]?.map((one) => [one.id, one.logProb]))
  )
  const chances = [...new Set(sides.flatMap((side) => [...side.keys()]))].map((id): TokenChance => {
    const [was, is] = sides.map((side) => side.get(id))
    return {
      id,
      text: textOf(id),
      ...(was === undefined ? {} : { before: Math.exp(was) }),
      ...(is === undefined ? {} : { after: Math.exp(is) })
    }
  })
  const most = (chance: TokenChance) => Math.max(chance.before ?? 0, chance.after ?? 0)
  const id = attempt.ids[position]!
  return {
    position,
    lead: tokenizer.decode(attempt.ids.slice(0, position)).slice(-LEAD),
    attempt: {
      id,
      text: textOf(id),
      before: Math.exp(before.attemptLogProbs[position]!),
      after: Math.exp(after.attemptLogProbs[position]!)
    },
    alternatives: chances.toSorted((a, b) => most(b) - most(a)).slice(0, LISTED)
  }
}
