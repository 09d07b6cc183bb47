import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Attempt } from "../../core/domain/Call.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { baseWeights, currentWeights } from "../../core/Weights.ts"
import { tokenMean } from "../../trainers/math/TokenMean.ts"
import { IRRELEVANT } from "../../trainers/pocket/training/Phrases.ts"
import { makeRng, type Rng } from "../../trainers/pocket/training/Rng.ts"
import type { PlainCall, Scene, Situation } from "../../trainers/pocket/training/Situation.ts"
import { callOf, said } from "../../core/Turn.ts"
import { type Material, situations, waysOf } from "./Kinds.ts"
import { correctionFor, type Told } from "./Lessons.ts"
import { callText, opening, promptIds, sampleTurn, wayOf } from "./Prompts.ts"
import { shareOf } from "./Statistics.ts"
import type { Student } from "./Student.ts"
import type { ChainResult } from "./Unit.ts"

/** What the corrections of a chain say. */
export type Feedback = "apt" | "irrelevant" | "shuffled"

interface ChainPlan {
  readonly material: Material
  readonly focal: Situation
  readonly way: string
  readonly seed: number
  /** Corrections of the focal kind at most. */
  readonly corrections: number
  /** Later lessons of other kinds; 0 leaves retention and the flip out. */
  readonly later: number
  readonly heldOut: number
  /** Scenes asked about of each other kind. */
  readonly unrelated: number
  readonly feedback: Feedback
  /** Calls of everyday work, of any kind and in phrasings of the corpus, that were approved before. */
  readonly approved: number
}

/** A scene and what the base model does there. */
interface Asked {
  readonly scene: Scene
  readonly base: Attempt
}

const greedyBase = Effect.fnUntraced(function*(scene: Scene) {
  const prompt = yield* promptIds(scene, opening(scene))
  return yield* sampleTurn(prompt, 0, 0, baseWeights)
})

/** The base model's greedy turns, asked once per process however many chains want them. */
export const makeBaseAnswers = () => {
  const known = new Map<string, Attempt>()
  return Effect.fnUntraced(function*(scene: Scene) {
    const name = JSON.stringify([scene.task, scene.files, scene.preludes])
    const found = known.get(name)
    if (found !== undefined) return found
    const answer = yield* greedyBase(scene)
    known.set(name, answer)
    return answer
  })
}
export type BaseAnswers = ReturnType<typeof makeBaseAnswers>

/** What a call has in common with others of its rule: the tool, and of a command its first word. */
const manner = ({ arguments: args, tool }: PlainCall): string =>
  tool === "bash" ? `bash ${String(args["command"]).split(" ").slice(0, 2).join(" ")}` : tool

const mannerOf = (text: string): string | undefined => {
  const call = callOf(said(text))
  return call === undefined ? undefined : manner(call)
}

/** Entropy of the current weights' next-token distributions along given turns, nats per token. */
const meanEntropy = Effect.fnUntraced(function*(asked: ReadonlyArray<Asked>) {
  const backend = yield* LoraBackend
  const rows = yield* Effect.forEach(
    asked,
    ({ base }) =>
      backend.score({ promptIds: base.promptIds, completionIds: base.ids, weights: currentWeights }).pipe(
        Effect.map(({ entropies }) => entropies ?? [])
      )
  )
  return tokenMean(rows.flat())
})

interface Lessons {
  readonly fixedAfter: number | null
  /** The last scene corrected or asked about. */
  readonly scene: Scene
  readonly given: number
  readonly updates: number
  readonly skipped: number
  readonly seconds: number
}

/** Corrects scene after scene of one kind until a fresh conversation has the wanted call. */
const teachKind = Effect.fnUntraced(function*(
  student: Student,
  plan: ChainPlan,
  situation: Situation,
  way: string,
  rng: Rng,
  limit: number
): Effect.fn.Return<
  Lessons | undefined,
  Effect.Error<ReturnType<Student["teach"]>>,
  Effect.Services<ReturnType<Student["teach"]>>
> {
  let spent = { given: 0, updates: 0, skipped: 0, seconds: 0 }
  for (let draw = 0; draw < 3 * limit; draw++) {
    const scene = situation.draw(rng, false)
    const told: Told = { scene, wanted: wayOf(scene, way), seed: plan.seed + draw }
    const attempt = yield* student.ask(scene)
    const obeys = (turn: Attempt) => turn.text.trim() === callText(told.wanted.call)
    if (obeys(attempt)) {
      if (spent.given > 0) return { fixedAfter: spent.given, scene, ...spent }
      continue
    }
    const start = yield* Clock.currentTimeMillis
    const { skipped, updates } = yield* student.teach(told, attempt, yield* sayTo(plan, told, attempt, rng))
    const seconds = ((yield* Clock.currentTimeMillis) - start) / 1000
    spent = {
      given: spent.given + 1,
      updates: spent.updates + updates,
      skipped: spent.skipped + skipped,
      seconds: spent.seconds + seconds
    }
    const fixed = obeys(yield* student.ask(scene))
    if (fixed || spent.given === limit) return { fixedAfter: fixed ? spent.given : null, scene, ...spent }
  }
  return undefined
})

const sayTo = (plan: ChainPlan, told: Told, attempt: Attempt, rng: Rng): Effect.Effect<string> =>
  Effect.sync(() => {
    if (plan.feedback === "irrelevant") return rng.pick(IRRELEVANT)
    if (plan.feedback === "apt") return correctionFor(rng, told, attempt, plan.material.phrases)
    const other = rng.pick(situations.filter(({ kind }) => kind !== told.scene.kind)).draw(rng, false)
    const wanted = rng.pick(other.alternatives)
    return correctionFor(rng, { ...told, scene: other, wanted }, attempt, plan.material.phrases)
  })

/** Lessons of other kinds, a kind after the other and then the kinds' next ways, until `plan.later` were given. */
const laterLessons = Effect.fnUntraced(function*(student: Student, plan: ChainPlan, rng: Rng) {
  const others = rng.shuffle(plan.material.taught.filter(({ kind }) => kind !== plan.focal.kind))
  const most = Math.max(...others.map((situation) => waysOf(situation).others.length))
  const rounds = Array.from({ length: most }, (_, round) =>
    others.flatMap((situation) => {
      const way = waysOf(situation).others[round]
      return way === undefined ? [] : [{ situation, way }]
    })).flat()
  const last = new Map<string, { readonly way: string; readonly scene: Scene; readonly fixed: boolean }>()
  let given = 0
  let fixed = 0
  let seconds = 0
  for (const { situation, way } of rounds) {
    if (given === plan.later) break
    const lessons = yield* teachKind(student, plan, situation, way, rng, 1)
    if (lessons === undefined) continue
    given += lessons.given
    seconds += lessons.seconds
    if (lessons.fixedAfter !== null) fixed++
    last.set(situation.kind, { way, scene: lessons.scene, fixed: lessons.fixedAfter !== null })
  }
  const kept = yield* Effect.forEach(
    [...last.values()].filter((lesson) => lesson.fixed),
    ({ scene, way }) =>
      student.ask(scene).pipe(Effect.map((turn) => turn.text.trim() === callText(wayOf(scene, way).call)))
  )
  return { given, fixed: given === 0 ? 0 : fixed / given, seconds, kept }
})

/**
 * One kind is taught to a fresh adapter; then it is asked in fresh conversations, other kinds are taught, it is asked again,
 * and at last the opposite is taught. Nothing that is asked holds a correction, unless the student sends notes.
 */
export const runChain = Effect.fnUntraced(function*(student: Student, plan: ChainPlan, baseAnswer: BaseAnswers) {
  const backend = yield* LoraBackend
  const startedAt = yield* Clock.currentTimeMillis
  yield* backend.reset(plan.seed)
  const rng = makeRng(plan.seed * 104_729 + situations.indexOf(plan.focal) * 7919 + 1)
  const asked = (scene: Scene) => baseAnswer(scene).pipe(Effect.map((base): Asked => ({ scene, base })))
  const held = yield* Effect.forEach(
    Array.from({ length: plan.heldOut }, () => plan.focal.draw(rng, true)),
    asked
  )
  const unrelatedRng = makeRng(plan.seed * 17 + 3)
  const unrelated = (yield* Effect.forEach(
    situations.flatMap((situation) => Array.from({ length: plan.unrelated }, () => situation.draw(unrelatedRng, true))),
    asked
  )).filter(({ scene }) => scene.kind !== plan.focal.kind)
  const untaught = unrelated.filter(({ scene }) => plan.material.untaught.some(({ kind }) => kind === scene.kind))
  const isWay = (way: string) => (scene: Scene, turn: Attempt) => turn.text.trim() === callText(wayOf(scene, way).call)
  const wanted = isWay(plan.way)
  const askAll = (scenes: ReadonlyArray<Asked>) => Effect.forEach(scenes, ({ scene }) => student.ask(scene))
  const changed = (scenes: ReadonlyArray<Asked>, turns: ReadonlyArray<Attempt>) =>
    scenes.map(({ base }, i) => turns[i]!.text !== base.text)

  const everyday = makeRng(plan.seed * 31 + 5)
  for (let i = 0; i < plan.approved; i++) {
    const scene = everyday.pick(situations).draw(everyday, false)
    student.approve(yield* baseAnswer(scene))
  }
  const focal = yield* teachKind(student, plan, plan.focal, plan.way, rng, plan.corrections)
  if (focal === undefined) return undefined
  const heldTurns = yield* askAll(held)
  const elsewhere = yield* askAll(unrelated)
  const rule = manner(wayOf(focal.scene, plan.way).call)
  const fired = unrelated.map(({ base }, i) => mannerOf(elsewhere[i]!.text) === rule && mannerOf(base.text) !== rule)
  const own = [yield* asked(focal.scene), ...held]
  const ownChanged = changed(own, yield* askAll(own))
  const entropyAsked = untaught.slice(0, 8)
  const entropy = yield* meanEntropy(entropyAsked)

  const result = {
    kind: plan.focal.kind,
    way: plan.way,
    seed: plan.seed,
    fixedAfter: focal.fixedAfter,
    given: focal.given,
    updates: focal.updates,
    skipped: focal.skipped,
    lessonSeconds: focal.given === 0 ? 0 : focal.seconds / focal.given,
    heldOut: shareOf(held.map(({ scene }, i) => wanted(scene, heldTurns[i]!))),
    heldOutBefore: shareOf(held.map(({ base, scene }) => wanted(scene, base))),
    drift: shareOf(changed(unrelated, elsewhere)),
    overGeneralised: shareOf(fired),
    anyChanged: shareOf([...ownChanged, ...changed(unrelated, elsewhere)]),
    entropy,
    length: tokenMean(heldTurns.map(({ ids }) => ids.length)),
    lengthBefore: tokenMean(held.map(({ base }) => base.ids.length))
  }
  const finish = Effect.fnUntraced(function*(more: Partial<ChainResult>) {
    return {
      ...result,
      ...more,
      seconds: ((yield* Clock.currentTimeMillis) - startedAt) / 1000
    } satisfies ChainResult
  })
  if (plan.later === 0) return yield* finish({})

  const later = yield* laterLessons(student, plan, rng)
  const heldLater = yield* askAll(held)
  const untaughtLater = yield* askAll(untaught)
  const stillFixed = focal.fixedAfter === null ? null : wanted(focal.scene, yield* student.ask(focal.scene)) ? 1 : 0
  const rightAt = heldTurns.map((turn, i) => wanted(held[i]!.scene, turn))
  const entropyAfter = yield* meanEntropy(entropyAsked)
  const opposite = waysOf(plan.focal).habit
  const flipped = yield* teachKind(student, plan, plan.focal, opposite, rng, plan.corrections)
  return yield* finish({
    laterGiven: later.given,
    laterFixed: later.fixed,
    laterSeconds: later.given === 0 ? 0 : later.seconds / later.given,
    retention: stillFixed,
    heldOutLater: shareOf(held.map(({ scene }, i) => wanted(scene, heldLater[i]!))),
    heldOutRetention: rightAt.some(Boolean)
      ? shareOf(heldLater.flatMap((turn, i) => rightAt[i] === true ? [wanted(held[i]!.scene, turn)] : []))
      : null,
    laterRetention: later.kept.length === 0 ? null : shareOf(later.kept),
    driftLater: shareOf(changed(untaught, untaughtLater)),
    entropyLater: entropyAfter,
    // Where the opposite is already back, nothing had to be taught.
    flipAfter: flipped === undefined ? 0 : flipped.fixedAfter
  })
})
