import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { CORRECTIONS, HELD_OUT_CORRECTIONS } from "../../trainers/pocket/training/Phrases.ts"
import { makeRng } from "../../trainers/pocket/training/Rng.ts"
import type { Scene, Situation } from "../../trainers/pocket/training/Situation.ts"
import { correct, correctionFor } from "./Lessons.ts"
import { callText, freshCall, opening, promptIds, sampleTurn, wayOf } from "./Prompts.ts"

export interface CourseOptions {
  /** Corrections given at most. */
  readonly corrections: number
  /** Held-out tasks of the corrected kind. */
  readonly heldOut: number
  /** Held-out tasks of each other kind. */
  readonly drift: number
  /** Of the attempts; 0 is greedy, the agent's default. */
  readonly temperature: number
}

/** One kind of correction taught to a fresh adapter. */
export interface CourseResult {
  readonly kind: string
  readonly way: string
  readonly seed: number
  /** Corrections until the greedy call in a fresh conversation was the corrected one; undefined when it never was. */
  readonly fixedAfter: number | undefined
  /** Share of held-out tasks and files whose greedy call is the corrected one. */
  readonly heldOut: number
  /** The same before any lesson. */
  readonly heldOutBefore: number
  /** Share of greedy calls on other kinds that changed. */
  readonly drift: number
  readonly innerSteps: number
  readonly skipped: number
  /** Seconds per lesson, retry lessons included. */
  readonly lessonSeconds: number
}

/** Greedy calls on other kinds before any lesson, so that drift is a change and not an error of the base model. */
interface Baseline {
  readonly scene: Scene
  readonly call: string
}

/** Draws `count` held-out scenes of each situation and asks for their greedy calls under the current weights. */
export const baselines = Effect.fnUntraced(
  function*(situations: ReadonlyArray<Situation>, count: number, seed: number) {
    const rng = makeRng(seed * 7919 + 17)
    const scenes = situations.flatMap((situation) => Array.from({ length: count }, () => situation.draw(rng, true)))
    return yield* Effect.forEach(
      scenes,
      (scene) => freshCall(scene).pipe(Effect.map((call): Baseline => ({ scene, call })))
    )
  }
)

const phrases = [...CORRECTIONS, ...HELD_OUT_CORRECTIONS]

const share = (flags: ReadonlyArray<boolean>): number => flags.filter(Boolean).length / flags.length

/** Teaches one way of one situation from a fresh adapter, then asks in fresh conversations without any correction. */
export const runCourse = Effect.fnUntraced(function*(
  situation: Situation,
  wayId: string,
  seed: number,
  before: ReadonlyArray<Baseline>,
  options: CourseOptions
) {
  const backend = yield* LoraBackend
  yield* backend.reset(seed)
  const rng = makeRng(seed * 104729 + situation.kind.length * 31 + wayId.length)
  const held = Array.from({ length: options.heldOut }, () => situation.draw(rng, true))
  const obeys = (scene: Scene) =>
    freshCall(scene).pipe(Effect.map((text) => text.trim() === callText(wayOf(scene, wayId).call)))
  const heldOutBefore = share(yield* Effect.forEach(held, obeys))
  let fixedAfter: number | undefined
  let given = 0
  let innerSteps = 0
  let skipped = 0
  let lessons = 0
  let milliseconds = 0
  for (
    let draw = 0;
    given < options.corrections && fixedAfter === undefined && draw < 3 * options.corrections;
    draw++
  ) {
    const scene = situation.draw(rng, false)
    const wanted = wayOf(scene, wayId)
    const attempt = yield* sampleTurn(yield* promptIds(scene, opening(scene)), options.temperature, seed + draw)
    if (attempt.text.trim() === callText(wanted.call)) {
      if (given === 0) continue
    } else {
      given++
      const start = yield* Clock.currentTimeMillis
      const told = { scene, wanted, seed: seed + draw }
      const taught = yield* correct(told, attempt, correctionFor(rng, told, attempt, phrases))
      milliseconds += (yield* Clock.currentTimeMillis) - start
      lessons++
      innerSteps += taught.reduce(
        (sum, { outcome }) => sum + (outcome._tag === "Stepped" ? outcome.step.inner.length : 0),
        0
      )
      skipped += taught.filter(({ outcome }) => outcome._tag === "Skipped").length
    }
    if (yield* obeys(scene)) fixedAfter = given
  }
  const others = before.filter(({ scene }) => scene.kind !== situation.kind)
  const changed = yield* Effect.forEach(
    others,
    ({ call, scene }) => freshCall(scene).pipe(Effect.map((now) => now !== call))
  )
  const result: CourseResult = {
    kind: situation.kind,
    way: wayId,
    seed,
    fixedAfter,
    heldOut: share(yield* Effect.forEach(held, obeys)),
    heldOutBefore,
    drift: share(changed),
    innerSteps,
    skipped,
    lessonSeconds: lessons === 0 ? 0 : milliseconds / 1000 / lessons
  }
  return result
})
