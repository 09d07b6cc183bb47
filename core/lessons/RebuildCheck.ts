import * as Effect from "effect/Effect"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { CanaryReport } from "../domain/Step.ts"
import { type CanaryReading, canaryReport, readCanary } from "../guard/Canary.ts"
import { canariesBeside, LOOKED_AT } from "../guard/ChooseCanaries.ts"
import type { GuardLimits } from "../guard/Guard.ts"
import type { LoraBackend } from "../LoraBackend.ts"

/** What a rebuild did to calls that were approved before, the adapter before it beside the one after it. */
export interface RebuildCheck {
  /** Absent when nothing could be asked. */
  readonly approved?: CanaryReport
  /** What the human should know: that it is outside the guard's limits, and what can be done. */
  readonly warning?: string
}

const WHAT_NOW =
  "Ask what still holds with: continualcode probe. Build it again more gently with: continualcode lessons "
  + "replay learning_rate=NUMBER"

const number = (value: number): string => value >= 0.01 ? value.toFixed(2) : value.toPrecision(2)

/** Which of the guard's limits the rebuilt adapter is outside of, if any. */
const outside = ({ canaryKl, validity }: GuardLimits, report: CanaryReport): string | undefined => {
  const asked = `${report.count} ${report.count === 1 ? "call" : "calls"} you approved before`
  if (report.valid < validity && report.valid < report.validBefore) {
    return `of ${asked} only ${Math.round(100 * report.valid)} % are still calls, below guard_validity=${validity}`
  }
  return canaryKl > 0 && report.kl > canaryKl
    ? `${asked} changed by ${number(report.kl)} nats per token, above guard_canary_kl=${canaryKl}`
    : undefined
}

/**
 * Looks at approved calls under the adapter as it is; the effect it succeeds with looks at them again, after a rebuild. The
 * guard refuses steps; a rebuild was asked for, so it only says what became of them. Left out are calls of the kinds that
 * `gone`, the lessons taken out, are about. A call that cannot be asked again stops nothing.
 */
export const lookBefore = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  limits: GuardLimits,
  turns: ReadonlyArray<ApprovedTurn>,
  gone: ReadonlyArray<Lesson>
) {
  const chosen = canariesBeside(turns.slice(0, LOOKED_AT), gone, limits.canaries)
  const read = Effect.forEach(chosen, (turn) => readCanary(backend, turn)).pipe(
    Effect.orElseSucceed((): ReadonlyArray<CanaryReading> => [])
  )
  const before = yield* read
  return Effect.gen(function*() {
    if (before.length === 0) return {}
    const after = yield* read
    if (after.length === 0) return {}
    const approved = canaryReport(before, after, () => true)
    const broken = outside(limits, approved)
    return {
      approved,
      ...(broken === undefined
        ? {}
        : { warning: `The rebuilt adapter is outside the guard's limits: ${broken}. ${WHAT_NOW}` })
    }
  }) satisfies Effect.Effect<RebuildCheck>
})
