import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import type { Attempt, Call } from "../domain/Call.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { Message } from "../domain/Message.ts"
import type { InnerStep, LearnStage } from "../domain/Step.ts"
import { relationsOf } from "../evidence/Relations.ts"
import { FeedbackStore } from "../FeedbackStore.ts"
import type { Learned } from "../Learner.ts"
import { Learner } from "../Learner.ts"
import { Model } from "../Model.ts"
import { TrainerError } from "../Trainer.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import { lessonTool } from "../ToolSchema.ts"
import type { Attempted, Session } from "./Session.ts"
import { freshId } from "./Session.ts"
import { watched } from "./Watched.ts"

/** A denied attempt and the correction it got. */
export interface Refusal {
  readonly call: Call
  readonly attempt: Attempt
  readonly correction: string
}

/** A lesson before its teacher prompt is rendered. */
interface LessonDraft {
  readonly kind: Lesson["kind"]
  readonly parent?: string
  readonly task: string
  readonly call: Call
  readonly correctedCall?: Call
  readonly attempt: Attempt
  /** The conversation before the first refused attempt, notes included. */
  readonly conversation: ReadonlyArray<Message>
  /** What was refused since, oldest first; at least one. */
  readonly refusals: ReadonlyArray<Refusal>
}

/** The conversation the teacher sees: the student's, plus the corrections, with or without the refused attempts. */
export const teacherConversation = (
  draft: Pick<LessonDraft, "conversation" | "refusals">,
  seesAttempt: boolean
): ReadonlyArray<Message> => [
  ...draft.conversation,
  ...draft.refusals.flatMap(({ attempt, call, correction }): ReadonlyArray<Message> =>
    seesAttempt
      ? [{ _tag: "Assistant", text: attempt.text }, { _tag: "Denied", call, correction }]
      : [{ _tag: "Correction", text: correction }]
  )
]

/**
 * The conversation without what the model was asked again in this turn, and what it had said to that: a lesson is about what it
 * says unasked.
 */
const withoutReasks = (conversation: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const start = conversation.findLastIndex(({ _tag }) => _tag === "User")
  return conversation.filter(({ _tag }, index) =>
    index < start || (_tag !== "Reask" && conversation[index + 1]?._tag !== "Reask")
  )
}

const comparable = (text: string): string => text.normalize("NFC").replace(/\s+/g, " ")

const makeLesson = Effect.fnUntraced(function*(id: string, draft: LessonDraft) {
  const model = yield* Model
  const learner = yield* Learner
  const { refusals, ...rest } = draft
  const teacherSeesAttempt = learner.teacherSeesAttempt
  const promptIds = (conversation: ReadonlyArray<Message>) =>
    model.promptIds(conversation).pipe(
      Effect.mapError((error) => new TrainerError({ reason: "ContextTooLong", message: error.message, cause: error }))
    )
  const conversation = withoutReasks(draft.conversation)
  const askedAgain = conversation.length < draft.conversation.length
  const teacherPromptIds = yield* promptIds(teacherConversation({ conversation, refusals }, teacherSeesAttempt))
  const seen = comparable(learner.decode(teacherPromptIds))
  for (const { correction } of refusals) {
    if (!seen.includes(comparable(correction))) {
      return yield* new TrainerError({
        reason: "Correction",
        message:
          "The correction does not survive the model's tokenizer word for word, so there is nothing sound to learn "
          + "from. Say it again without special tokens or unusual characters."
      })
    }
  }
  const sandbox = yield* ToolSandbox
  const lesson: Lesson = {
    ...rest,
    ...(askedAgain
      ? {
        conversation,
        attempt: { ...draft.attempt, promptIds: yield* promptIds(conversation) },
        askedAgain: true as const
      }
      : {}),
    id,
    at: yield* Clock.currentTimeMillis,
    correction: refusals.map(({ correction }) => correction).join("\n"),
    teacherPromptIds,
    teacherSeesAttempt,
    tools: sandbox.describe("brief").map(lessonTool),
    modelIdentity: learner.modelIdentity,
    adapterRevision: yield* learner.revision
  }
  return lesson
})

/** How the lesson's correction stands to earlier ones. Only those who say something can repeat or contradict themselves. */
const relations = Effect.fnUntraced(function*(lesson: Lesson) {
  const store = yield* FeedbackStore
  if (lesson.kind === "retry") return {}
  return yield* store.corrections.pipe(
    Effect.map((earlier) => ({ relations: relationsOf(lesson, earlier) })),
    Effect.orElseSucceed(() => ({}))
  )
})

/**
 * Learns one lesson, or tells why not; the session goes on either way. Succeeds with the lesson's id, and whether
 * the weights do as corrected now without being told. With training off nothing happens.
 */
export const teach = Effect.fnUntraced(function*(session: Session, draft: LessonDraft) {
  const learner = yield* Learner
  const id = yield* freshId
  const learned = yield* Ref.make(false)
  if (!(yield* Ref.get(session.training))) return { id, learned: false }
  const failed = (message: string) => session.announce({ _tag: "LearningFailed", lessonId: id, message })
  yield* Effect.gen(function*() {
    const lesson = yield* makeLesson(id, draft)
    yield* session.announce({ _tag: "LearningStarted", lesson })
    const told = yield* Ref.make(false)
    // Read while the weights are being computed, so that nobody waits for it.
    const relating = yield* Effect.forkChild(relations(lesson))
    const finished = ({ notice, outcome }: Learned) =>
      Ref.set(told, true).pipe(
        Effect.andThen(Ref.set(learned, outcome._tag === "Stepped" && outcome.step.evidence.asCorrected === true)),
        Effect.andThen(Fiber.join(relating)),
        Effect.flatMap((known) => session.announce({ _tag: "LearningFinished", lessonId: id, outcome, ...known })),
        Effect.andThen(notice === undefined ? Effect.void : session.announce({ _tag: "Notice", message: notice })),
        Effect.ignore
      )
    const progress = (inner: InnerStep) =>
      session.announce({ _tag: "LearningProgress", lessonId: id, inner }).pipe(Effect.ignore)
    const staged = (stage: LearnStage) =>
      session.announce({ _tag: "LearningStage", lessonId: id, ...stage }).pipe(Effect.ignore)
    yield* learner.learn(lesson, { progress, staged, finished, ...(yield* watched) }).pipe(
      Effect.onInterrupt(Effect.fnUntraced(function*() {
        if (!(yield* Ref.get(told))) {
          yield* Effect.ignore(failed("Stopped before it was done; the weights are as they were."))
        }
      }))
    )
  }).pipe(
    Effect.catchTags({
      TrainerError: (error) => failed(error.message),
      FeedbackStoreError: (error) => failed(error.message)
    })
  )
  // A stop that arrived while the step was being committed takes effect here, before the model is asked again.
  yield* Effect.yieldNow
  return { id, learned: yield* Ref.get(learned) }
})

const asLearned = (call: Call) => (message: Message): Message =>
  message._tag === "Denied" && message.call.id === call.id ? { ...message, learned: true } : message

/** Teaches a denial; once it is learned, the conversation says so. Gives what was refused, and the lesson's id. */
export const teachDenial = Effect.fnUntraced(
  function*(session: Session, { attempt, call, conversation, task }: Attempted, correction: string) {
    const refusal: Refusal = { call, attempt, correction }
    const { id: lessonId, learned } = yield* teach(session, {
      kind: "denial",
      task,
      call,
      attempt,
      conversation,
      refusals: [refusal]
    })
    if (learned) yield* Ref.update(session.conversation, (messages) => messages.map(asLearned(call)))
    return { refusal, lessonId }
  }
)
