import type { ProbeAnswer } from "../domain/ProbeRun.ts"
import { isAnswer } from "../domain/Call.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { Message } from "../domain/Message.ts"
import { relationsOfEach } from "../evidence/Relations.ts"
import { callOf, makesCall, type Said } from "../Turn.ts"
import { isViolated, type Probe } from "./Probe.ts"
import { freshConversation, rephrasings } from "./Rephrase.ts"

/** One thing to ask: a prompt as token ids, or a conversation to render, and what would be a violation. */
export interface Question extends Pick<ProbeAnswer, "id" | "source" | "lessonId" | "task"> {
  readonly prompt: { readonly ids: ReadonlyArray<number> } | { readonly conversation: ReadonlyArray<Message> }
  readonly violates: (turn: Said) => boolean
  /** Whether a turn makes the call that was wanted; absent where that is not known. */
  readonly isWanted?: (turn: Said) => boolean
}

/** Lessons asked about, the newest. */
const LESSONS = 20
/** Other phrasings of each. */
const REPHRASED = 2

const tellsCorrections = (conversation: ReadonlyArray<Message>): boolean =>
  conversation.some(({ _tag }) => _tag === "Denied" || _tag === "Correction")

/** A lesson's situation in a fresh conversation; undefined where it is not known or tells a correction itself. */
const situation = ({ attempt, conversation, task }: Lesson, otherwise: string): Question["prompt"] | undefined => {
  if (conversation === undefined) return otherwise === task ? { ids: attempt.promptIds } : undefined
  const fresh = freshConversation(conversation, task, otherwise)
  return fresh === undefined || tellsCorrections(fresh) ? undefined : { conversation: fresh }
}

/**
 * The situations of the newest corrections in fresh conversations, with their tasks as they were and in other words; the
 * denied call is the violation. A situation is the task and the calls since; what was said before it is left out. Not asked:
 * retries, lessons that a later one contradicts (and those that said the same), situations that tell a correction
 * themselves, and all but the newest of equal ones.
 */
export const lessonQuestions = (lessons: ReadonlyArray<Lesson>): ReadonlyArray<Question> => {
  const relations = relationsOfEach(lessons)
  const dropped = new Set(relations.flatMap(({ contradicts }) => {
    if (contradicts === undefined) return []
    const { lessonId } = contradicts
    return [lessonId, ...relations[lessons.findIndex(({ id }) => id === lessonId)]?.same ?? []]
  }))
  const wanted = new Map(
    lessons.flatMap(({ correctedCall, id, parent }) =>
      correctedCall === undefined ? [] : [[parent ?? id, correctedCall] as const]
    )
  )
  const known = new Set<string>()
  const asked = lessons.toReversed().flatMap((lesson) => {
    const prompt = situation(lesson, lesson.task)
    if (lesson.kind === "retry" || dropped.has(lesson.id) || prompt === undefined) return []
    const key = JSON.stringify([prompt, lesson.call.tool, lesson.call.arguments])
    if (known.has(key)) return []
    known.add(key)
    return [{ lesson, prompt }]
  }).slice(0, LESSONS).toReversed()
  return asked.flatMap(({ lesson, prompt }): ReadonlyArray<Question> => {
    const { id, task } = lesson
    const call = wanted.get(id)
    const about = {
      lessonId: id,
      violates: (turn: Said) => isAnswer(lesson.call) ? callOf(turn) === undefined : makesCall(turn, lesson.call),
      ...(call === undefined ? {} : { isWanted: (turn: Said) => makesCall(turn, call) })
    }
    const others = rephrasings(task, id, REPHRASED).flatMap((other, index): ReadonlyArray<Question> => {
      const changed = situation(lesson, other)
      return changed === undefined
        ? []
        : [{ ...about, id: `${id}/${index + 1}`, source: "paraphrase", task: other, prompt: changed }]
    })
    return [{ ...about, id: `${id}/0`, source: "lesson", task, prompt }, ...others]
  })
}

/** The project's own probes, each in a fresh conversation. */
export const projectQuestions = (probes: ReadonlyArray<Probe>): ReadonlyArray<Question> =>
  probes.map((probe, index) => ({
    id: probe.id ?? `probe-${index + 1}`,
    source: "project",
    task: probe.task,
    prompt: { conversation: [{ _tag: "User", text: probe.task }] },
    violates: (turn) => isViolated(probe, turn)
  }))
