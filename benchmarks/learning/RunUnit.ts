import * as Effect from "effect/Effect"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { armOf } from "./Arms.ts"
import { type BaseAnswers, runChain } from "./Chain.ts"
import { comparisonMaterial, situations, tuningMaterial } from "./Kinds.ts"
import type { Finished, Unit } from "./Unit.ts"

const CORRECTIONS = 3
const HELD_OUT = 8
const UNRELATED = 2
const APPROVED = 12

/** Runs one unit on the backend at hand, from a fresh adapter. */
export const runUnit = Effect.fnUntraced(function*(unit: Unit, baseAnswers: BaseAnswers) {
  const { info } = yield* LoraBackend
  const arm = armOf(unit.arm)
  const before = process.cpuUsage()
  const focal = situations.find(({ kind }) => kind === unit.focal)
  if (focal === undefined) throw new RangeError(`no kind ${unit.focal}`)
  const result = yield* runChain(arm.student(), {
    material: unit.stage === "tune" ? tuningMaterial : comparisonMaterial,
    focal,
    way: unit.way,
    seed: unit.seed,
    corrections: CORRECTIONS,
    later: unit.later,
    heldOut: HELD_OUT,
    unrelated: UNRELATED,
    feedback: arm.feedback,
    approved: APPROVED
  }, baseAnswers).pipe(Effect.provide(arm.trainer(unit.learningRate)))
  const { system, user } = process.cpuUsage(before)
  return {
    unit,
    modelIdentity: info.modelIdentity,
    result: result ?? null,
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1024
  } satisfies Finished
})
