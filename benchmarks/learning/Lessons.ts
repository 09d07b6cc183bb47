import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Attempt, Call } from "../../core/domain/Call.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { LearnedLesson } from "../../core/evidence/LessonCard.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { type Refusal, teacherConversation } from "../../core/loop/Learn.ts"
import { type KeptTurn, Trainer } from "../../core/Trainer.ts"
import { correctionTowards } from "../../trainers/pocket/training/Conversation.ts"
import { typed } from "../../trainers/pocket/training/Phrases.ts"
import type { Rng } from "../../trainers/pocket/training/Rng.ts"
import { type Alternative, habit, type Scene } from "../../trainers/pocket/training/Situation.ts"
import { callText, opening, promptIds, sampleTurn } from "./Prompts.ts"

/** A scene in which a human wants another way. */
export interface Told {
  readonly scene: Scene
  readonly wanted: Alternative
  /** Of the retry, and part of the lessons' ids. */
  readonly seed: number
}

const asCall = ({ call }: Alternative, { scene, seed }: Told): Call => ({ id: `${scene.kind}-${seed}`, ...call })

/** Which of a scene's ways an attempt is; the habit when it is none of them. */
export const attempted = (scene: Scene, attempt: Attempt): Alternative =>
  scene.alternatives.find((one) => callText(one.call) === attempt.text.trim()) ?? habit(scene)

/** What a human types to an attempt. */
export const correctionFor = (rng: Rng, { scene, wanted }: Told, attempt: Attempt, phrases: ReadonlyArray<string>) =>
  typed(rng, correctionTowards(rng, attempted(scene, attempt), wanted, phrases))

/** What the teacher is shown, and a lesson of either kind from it, as the agent's loop makes them. */
const makeLesson = Effect.fnUntraced(function*(
  told: Told,
  kind: "denial" | "retry",
  attempt: Attempt,
  refusal: Refusal
) {
  const backend = yield* LoraBackend
  const { teacherSeesAttempt } = yield* Trainer
  const { scene, seed, wanted } = told
  const conversation = opening(scene)
  const taught = teacherConversation({ conversation, refusals: [refusal] }, teacherSeesAttempt)
  const lesson: Lesson = {
    id: `${scene.kind}-${seed}-${kind}`,
    kind,
    at: yield* Clock.currentTimeMillis,
    task: scene.task,
    correction: refusal.correction,
    call: refusal.call,
    ...(kind === "retry" ? { correctedCall: asCall(wanted, told) } : {}),
    attempt,
    teacherPromptIds: yield* promptIds(scene, taught),
    teacherSeesAttempt,
    modelIdentity: backend.info.modelIdentity,
    adapterRevision: yield* backend.revision
  }
  return lesson
})

const quiet = () => Effect.void

/**
 * One correction as the agent lives it: denial, step, retry with the new weights, and its own lesson if approved. `keptFor` says
 * what earlier lessons and approved calls left for a lesson to keep.
 */
export const correct = Effect.fnUntraced(function*(
  told: Told,
  attempt: Attempt,
  correction: string,
  keptFor: (lesson: Lesson) => ReadonlyArray<KeptTurn> = () => []
) {
  const trainer = yield* Trainer
  const { scene, wanted } = told
  const refusal: Refusal = { call: asCall(attempted(scene, attempt), told), attempt, correction }
  const learned = Effect.fnUntraced(function*(kind: "denial" | "retry", turn: Attempt) {
    const lesson = yield* makeLesson(told, kind, turn, refusal)
    return { lesson, outcome: yield* trainer.learn(lesson, quiet, keptFor(lesson)) } satisfies LearnedLesson
  })
  const lessons = [yield* learned("denial", attempt)]
  if (trainer.learnsFromRetry) {
    const after = teacherConversation({ conversation: opening(scene), refusals: [refusal] }, true)
    const retry = yield* sampleTurn(yield* promptIds(scene, after), 0, told.seed)
    if (retry.text.trim() === callText(wanted.call)) {
      lessons.push(yield* learned("retry", { ...retry, promptIds: attempt.promptIds }))
    }
  }
  return lessons
})
