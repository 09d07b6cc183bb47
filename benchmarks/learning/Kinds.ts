import { codeSituations } from "../../trainers/pocket/training/CodeSituations.ts"
import { CORRECTIONS, HELD_OUT_CORRECTIONS } from "../../trainers/pocket/training/Phrases.ts"
import { makeRng } from "../../trainers/pocket/training/Rng.ts"
import { shellSituations } from "../../trainers/pocket/training/ShellSituations.ts"
import { habit, type Situation } from "../../trainers/pocket/training/Situation.ts"

export const situations: ReadonlyArray<Situation> = [...codeSituations, ...shellSituations]

/** Kinds that learning rates are tuned on; they are never taught where arms are compared, only asked about. */
const TUNING_KINDS = ["extend", "python-run", "rename", "format", "branch"]

/** Which situations and phrases a stage of the benchmark uses. The two stages share neither. */
export interface Material {
  readonly taught: ReadonlyArray<Situation>
  readonly untaught: ReadonlyArray<Situation>
  readonly phrases: ReadonlyArray<string>
}

const isTuning = ({ kind }: Situation) => TUNING_KINDS.includes(kind)
const distinct = [...new Set<string>(CORRECTIONS)]

export const tuningMaterial: Material = {
  taught: situations.filter(isTuning),
  untaught: situations.filter((situation) => !isTuning(situation)),
  phrases: distinct.filter((_, i) => i % 2 === 0)
}

export const comparisonMaterial: Material = {
  taught: situations.filter((situation) => !isTuning(situation)),
  untaught: situations.filter(isTuning),
  phrases: [...distinct.filter((_, i) => i % 2 === 1), ...HELD_OUT_CORRECTIONS]
}

/** Ids of the ways of a situation; every draw of it has the same. The habit comes first. */
export const waysOf = (situation: Situation): { readonly habit: string; readonly others: ReadonlyArray<string> } => {
  const scene = situation.draw(makeRng(0), false)
  const first = habit(scene).id
  return { habit: first, others: scene.alternatives.map(({ id }) => id).filter((id) => id !== first) }
}
