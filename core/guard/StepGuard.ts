import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ApprovedTurn } from "../domain/ApprovedTurn.ts"
import type { Call } from "../domain/Call.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { CanaryReport, LearnOutcome, Step } from "../domain/Step.ts"
import type { FeedbackStoreError, Records } from "../FeedbackStore.ts"
import type { BackendError, LoraBackend } from "../LoraBackend.ts"
import { type CanaryReading, canaryReport, type IsRunnable, isUsable, readCanary } from "./Canary.ts"
import { callOf, type Said, said } from "../Turn.ts"
import { chooseCanaries, LOOKED_AT } from "./ChooseCanaries.ts"
import { brokenLimit, type GuardLimits, type OwnTurn } from "./Guard.ts"
import { inventedWords } from "./Invented.ts"
import { isUnreadableCommand } from "./ShellSyntax.ts"
import { type FreshTask, sureCalls } from "./SureCalls.ts"

/** What the guard needs of the session. */
export interface Watched {
  /** Whether a call could be run; default: every call could. */
  readonly isRunnable?: IsRunnable
  /** Whether a call would run here and now, as far as can be known without running it; default: what `isRunnable` says. */
  readonly wouldRun?: (call: Call) => Effect.Effect<boolean>
  /** Tasks in fresh conversations, to have something to compare with while nothing was approved; default: none. */
  readonly everyday?: Effect.Effect<ReadonlyArray<FreshTask>>
}

const always: IsRunnable = () => true

/** What was seen before a step. */
export interface Lookout {
  readonly readings: ReadonlyArray<CanaryReading>
  /** Whether they are the base model's own. */
  readonly own?: boolean
  readonly seconds: number
}

export interface StepGuard {
  /**
   * Looks for what steps will be compared with while nobody waits, where nothing was approved yet. Interrupted, it has kept what it
   * found. Changes no weights.
   */
  readonly ahead: (watched: Watched) => Effect.Effect<void>
  /** Reads the canaries of a lesson under the weights whose snapshot `adapter` is. */
  readonly look: (
    lesson: Lesson,
    adapter: Uint8Array,
    watched: Watched
  ) => Effect.Effect<Lookout, BackendError | FeedbackStoreError>
  /** Reads them again under the weights after a step, and says whether it may stay. Changes no weights. */
  readonly judge: (
    lesson: Lesson,
    step: Step,
    before: Lookout,
    watched: Watched
  ) => Effect.Effect<Exclude<LearnOutcome, { readonly _tag: "Skipped" }>, BackendError>
  /** Tells that `adapter` is what the last `judge` saw, so that nothing is read twice. */
  readonly kept: (adapter: Uint8Array) => void
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether the call of a turn would run: not a file that is not there, nor a command with a quote that never ends. */
const wouldRun = Effect.fnUntraced(function*(turn: Said, watched: Watched) {
  const made = callOf(turn)
  if (made === undefined) return true
  if (yield* isUnreadableCommand(turn)) return false
  return (yield* watched.wouldRun?.({ id: "", tool: made.tool, arguments: made.arguments }) ?? Effect.succeed(true))
})

const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const start = yield* Clock.monotonicTimeNanos
    const value = yield* effect
    return { value, seconds: Number((yield* Clock.monotonicTimeNanos) - start) / 1e9 }
  })

const withCanaries = (step: Step, canaries: CanaryReport, seconds: number): Step => ({
  ...step,
  seconds: step.seconds + seconds,
  ...(step.stages === undefined ? {} : { stages: { ...step.stages, canaries: seconds } }),
  evidence: { ...step.evidence, canaries }
})

/** Judges steps by what they do to approved calls of the past. Readings are remembered as long as the weights stay. */
export const makeStepGuard = (
  backend: LoraBackend["Service"],
  store: Pick<Records, "approvedTurns">,
  limits: GuardLimits
): StepGuard => {
  const { capabilities, modelIdentity } = backend.info
  const together = { concurrency: capabilities.overlaps === true ? "unbounded" : 1 } as const
  let known: { readonly adapter: Uint8Array; readonly readings: ReadonlyMap<string, CanaryReading> } | undefined
  let seen: ReadonlyArray<CanaryReading> = []
  let sure: ReadonlyArray<ApprovedTurn> | undefined
  const answers = new Map<string, ApprovedTurn | undefined>()

  /** Found once: they are the base model's. */
  const sureOnes = Effect.fnUntraced(function*({ everyday, isRunnable = always }: Watched) {
    if (everyday === undefined) return []
    sure ??= yield* sureCalls(backend, yield* everyday, isRunnable, limits.canaries + 1, answers).pipe(
      Effect.orElseSucceed(() => undefined)
    )
    return sure ?? []
  })

  const ahead = Effect.fnUntraced(function*(watched: Watched) {
    if (limits.canaries === 0 || capabilities.overlaps === true || sure !== undefined) return
    const turns = yield* store.approvedTurns({ modelIdentity, limit: 1 }).pipe(Effect.orElseSucceed(() => []))
    if (turns.length === 0) yield* sureOnes(watched)
  })

  const look = Effect.fnUntraced(function*(lesson: Lesson, adapter: Uint8Array, watched: Watched) {
    if (limits.canaries === 0) return { readings: [], seconds: 0 }
    const { seconds, value } = yield* timed(Effect.gen(function*() {
      const turns = yield* store.approvedTurns({ modelIdentity, limit: LOOKED_AT })
      const approved = chooseCanaries(turns, lesson, limits.canaries)
      const own = approved.length === 0
      const chosen = own ? chooseCanaries(yield* sureOnes(watched), lesson, limits.canaries) : approved
      const remembered = known !== undefined && sameBytes(known.adapter, adapter) ? known.readings : undefined
      const readings = yield* Effect.forEach(chosen, (turn) => {
        const reading = remembered?.get(turn.id)
        return reading === undefined ? readCanary(backend, turn) : Effect.succeed(reading)
      }, together)
      known = {
        adapter,
        readings: new Map([...remembered ?? [], ...readings.map((one) => [one.turn.id, one] as const)])
      }
      return { readings, own: own && readings.length > 0 }
    }))
    return { ...value, seconds }
  })

  const judge = Effect.fnUntraced(function*(lesson: Lesson, step: Step, before: Lookout, watched: Watched) {
    const { isRunnable = always } = watched
    const { seconds, value } = yield* timed(
      Effect.forEach(before.readings, ({ turn }) => readCanary(backend, turn), together)
    )
    seen = value
    const report: CanaryReport | undefined = limits.canaries === 0 ? undefined : {
      ...canaryReport(before.readings, value, isRunnable),
      ...(before.own === true ? { own: true } : {})
    }
    const proven = report === undefined ? step : withCanaries(step, report, before.seconds + seconds)
    const { greedyAfter, greedyBefore } = step.evidence
    const now = said(greedyAfter)
    // What was approved is sound, whatever it is.
    const checks = limits.validity > 0 && (lesson.kind !== "retry" || step.evidence.asCorrected !== true)
    const own: OwnTurn = {
      usableBefore: isUsable(said(greedyBefore), isRunnable),
      usable: isUsable(now, isRunnable) && (!checks || (yield* wouldRun(now, watched))),
      invented: checks ? yield* inventedWords(backend, lesson, now) : []
    }
    const reason = brokenLimit(limits, proven, report, own, lesson.kind)
    return reason === undefined
      ? { _tag: "Stepped", step: proven } as const
      : { _tag: "RolledBack", reason, step: proven } as const
  })

  return {
    ahead,
    look,
    judge,
    kept: (adapter) => {
      known = { adapter, readings: new Map(seen.map((reading) => [reading.turn.id, reading])) }
    }
  }
}
