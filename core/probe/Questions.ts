import type { ProbeAnswer } from "../domain/Event.ts"
import type { Lesson } from "../domain/Lesson.ts"
import type { Message } from "../domain/Message.ts"
import { relationsOf } from "../evidence/Relations.ts"
import { sameCall } from "../evidence/CallKind.ts"
import { parseToolCall } from "../prompt/ParseToolCall.ts"
import { isViolated, type Probe } from "./Probe.ts"
import { rephrasings, withTask } from "./Rephrase.ts"

/** One thing to ask: a prompt as token ids, or a conversation to render, and what would be a violation. */
export interface Question extends Pick<ProbeAnswer, "id" | "source" | "lessonId" | "task"> {
  readonly prompt: { readonly ids: ReadonlyArray<number> } | { readonly conversation: ReadonlyArray<Message> }
  readonly violates: (turn: string) => boolean
}

/** Lessons asked about, the newest. */
const LESSONS = 20
/** Other phrasings of each. */
const REPHRASED = 2

const makesCall = (turn: string, lesson: Lesson): boolean => {
  const parsed = parseToolCall(turn)
  return parsed._tag === "OneCall" && sameCall(parsed, lesson.call)
}

const tellsCorrections = (conversation: ReadonlyArray<Message>): boolean =>
  conversation.some(({ _tag }) => _tag === "Denied" || _tag === "Correction")

/**
 * The situations of the newest corrections, as they were and with their tasks in other words; the denied call is the
 * violation. Left out: retries, lessons that a later one contradicts (and those that said the same), situations whose prompt already told a correction,
 * and all but the newest of equal prompts.
 */
export const lessonQuestions = (lessons: ReadonlyArray<Lesson>): ReadonlyArray<Question> => {
  const relations = lessons.map((lesson, index) => relationsOf(lesson, lessons.slice(0, index)))
  const dropped = new Set(relations.flatMap(({ contradicts }) => {
    if (contradicts === undefined) return []
    const { lessonId } = contradicts
    return [lessonId, ...relations[lessons.findIndex(({ id }) => id === lessonId)]?.same ?? []]
  }))
  const prompts = new Set<string>()
  const asked = lessons.toReversed().filter((lesson) => {
    const prompt = lesson.attempt.promptIds.join()
    if (lesson.kind === "retry" || dropped.has(lesson.id) || tellsCorrections(lesson.conversation ?? [])) return false
    if (prompts.has(prompt)) return false
    prompts.add(prompt)
    return true
  }).slice(0, LESSONS).toReversed()
  return asked.flatMap((lesson): ReadonlyArray<Question> => {
    const { conversation = [], id, task } = lesson
    const violates = (turn: string) => makesCall(turn, lesson)
    const asItWas: Question = {
      id: `${id}/0`,
      source: "lesson",
      lessonId: id,
      task,
      prompt: { ids: lesson.attempt.promptIds },
      violates
    }
    const others = rephrasings(task, id, REPHRASED).flatMap((other, index): ReadonlyArray<Question> => {
      const changed = withTask(conversation, task, other)
      return changed === undefined ? [] : [{
        id: `${id}/${index + 1}`,
        source: "paraphrase",
        lessonId: id,
        task: other,
        prompt: { conversation: changed },
        violates
      }]
    })
    return [asItWas, ...others]
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
