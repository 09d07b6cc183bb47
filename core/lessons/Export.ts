import * as Schema from "effect/Schema"
import type { Call } from "../domain/Call.ts"
import { Lesson } from "../domain/Lesson.ts"
import type { LessonEntry } from "../domain/LessonEntry.ts"
import { TrainedWith } from "../domain/LessonEntry.ts"
import { LearnOutcome } from "../domain/Step.ts"
import type { ChatMessage } from "../LoraBackend.ts"
import { chatMessage } from "../prompt/ChatMessages.ts"
import { toolCallText } from "../prompt/ToolCallText.ts"

/** One line of a raw export: everything needed to learn the lesson again, and what learning it did. */
export const RawLesson = Schema.Struct({
  format: Schema.Literal("continualcode/lesson@1"),
  lesson: Lesson,
  outcome: Schema.optionalKey(LearnOutcome),
  trainedWith: Schema.optionalKey(TrainedWith)
})
export type RawLesson = typeof RawLesson.Type

const rawLine = Schema.encodeSync(Schema.fromJsonString(Schema.toCodecJson(RawLesson)))

/**
 * The forms lessons are exported in, each JSON Lines. `raw` can be imported again. `sft` and `dpo` are the conversational
 * forms of TRL (`messages`; `prompt`, `chosen`, `rejected`); they take the lessons whose wanted call is known: edits and
 * approved retries.
 */
export const EXPORT_FORMS = ["raw", "sft", "dpo"] as const
type ExportForm = typeof EXPORT_FORMS[number]

export interface Exported {
  readonly lines: ReadonlyArray<string>
  /** Denials in force whose wanted call is not known, which this form cannot hold. */
  readonly left: number
}

interface Pair {
  readonly id: string
  readonly prompt: ReadonlyArray<ChatMessage>
  readonly chosen: string
  readonly rejected: string
}

const asText = (call: Call): string => toolCallText(call.tool, call.arguments)

/** The turn the human wanted and the one that was denied, under the conversation before both. */
const pairOf = ({ lesson }: LessonEntry, entries: ReadonlyArray<LessonEntry>): Pair | undefined => {
  if (lesson?.correctedCall === undefined || lesson.kind === "denial") return undefined
  const prompt = lesson.conversation === undefined
    ? [{ role: "user" as const, content: lesson.task }]
    : lesson.conversation.map(chatMessage)
  if (lesson.kind === "edit") {
    return { id: lesson.id, prompt, chosen: asText(lesson.correctedCall), rejected: lesson.attempt.text }
  }
  const denied = entries.find(({ id }) => id === lesson.parent)?.lesson
  const sameCall = denied !== undefined && asText(denied.call) === asText(lesson.call)
  return {
    id: lesson.id,
    prompt,
    chosen: lesson.attempt.text,
    rejected: sameCall ? denied.attempt.text : asText(lesson.call)
  }
}

const assistant = (content: string): ChatMessage => ({ role: "assistant", content })

/** Lessons in force as lines of a JSON Lines file. Texts are as the ledger holds them, with secrets masked. */
export const exportLessons = (entries: ReadonlyArray<LessonEntry>, form: ExportForm): Exported => {
  const inForce = entries.filter(({ lesson, state }) => lesson !== undefined && state !== "undone")
  const lines = inForce.flatMap((entry): ReadonlyArray<string> => {
    const { lesson, outcome, trainedWith } = entry
    if (lesson === undefined) return []
    if (form === "raw") {
      return [rawLine({
        format: "continualcode/lesson@1",
        lesson,
        ...(outcome === undefined ? {} : { outcome }),
        ...(trainedWith === undefined ? {} : { trainedWith })
      })]
    }
    const pair = pairOf(entry, entries)
    if (pair === undefined) return []
    const { chosen, id, prompt, rejected } = pair
    return [JSON.stringify(
      form === "sft"
        ? { messages: [...prompt, assistant(chosen)], lesson: id }
        : { prompt, chosen: [assistant(chosen)], rejected: [assistant(rejected)], lesson: id }
    )]
  })
  const retried = new Set(inForce.map(({ lesson }) => lesson?.parent))
  const unknown = inForce.filter(({ id, kind }) => kind === "denial" && !retried.has(id))
  return { lines, left: form === "raw" ? 0 : unknown.length }
}
