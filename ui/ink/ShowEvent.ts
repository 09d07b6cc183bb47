import type { AgentEvent } from "../../core/domain/Event.ts"
import { callBody, repairLines } from "../text/CallText.ts"
import { type Line, wrapLines } from "../text/Line.ts"
import { metricsLines } from "../text/MetricsText.ts"
import { correctableLines, transcript, verdictBlock } from "../text/Transcript.ts"
import { helpLines } from "./Help.ts"
import type { Activity, Screen } from "./Screen.ts"

/** Characters of a running answer kept for the live region; the whole answer is printed when it is finished. */
const STREAM_TAIL = 20_000

/** Charts get no wider than this. */
const MOST_COLUMNS = 100

const append = (screen: Screen, lines: ReadonlyArray<Line>): Screen =>
  lines.length === 0 ? screen : { ...screen, blocks: [...screen.blocks, { id: screen.blocks.length, lines }] }

export const idle: Activity = { _tag: "Idle" }

const learning = (before: Screen, change: Partial<Extract<Activity, { readonly _tag: "Learning" }>>): Screen =>
  before.activity._tag === "Learning" ? { ...before, activity: { ...before.activity, ...change } } : before

/** The screen after an event, in a window of so many columns, at a time in milliseconds. */
export const showEvent = (before: Screen, event: AgentEvent, columns: number, at = 0): Screen => {
  switch (event._tag) {
    case "SessionStarted":
      return { ...append(before, transcript(event)), session: event, revision: event.revision }
    case "ThinkingStarted":
      return { ...before, activity: { _tag: "Thinking" }, stream: "" }
    case "ContextUsed":
      return { ...before, context: event.context }
    case "TextDelta":
      return { ...before, stream: (before.stream + event.text).slice(-STREAM_TAIL) }
    case "CallProposed":
      return {
        ...append(before, repairLines(event.repairs)),
        stream: "",
        activity: idle,
        proposed: { call: event.call, preview: event.preview, retry: event.retry }
      }
    case "CallAllowed":
    case "CallRefused":
      return { ...append(before, transcript(event)), proposed: undefined }
    case "VerdictGiven": {
      const body = callBody(event.call, before.proposed?.preview)
      const shown = event.verdict._tag === "Edit" || body.length <= 1 ? [] : body
      return { ...append(before, verdictBlock(event, shown)), proposed: undefined }
    }
    case "ToolStarted":
      return { ...before, activity: { _tag: "Running", call: event.call } }
    case "LearningStarted":
      return { ...before, activity: { _tag: "Learning", since: at, stage: undefined, made: 0 } }
    case "LearningStage":
      return learning(before, { stage: event })
    case "LearningProgress":
      return learning(before, { made: event.inner.index + 1 })
    case "LearningFinished":
      return {
        ...append(before, transcript(event)),
        activity: idle,
        revision: event.outcome._tag === "Stepped" ? event.outcome.step.revision : before.revision
      }
    case "LessonsUndone":
      return { ...append(before, transcript(event)), revision: event.revision }
    case "LearningSwitched":
      return {
        ...append(before, transcript(event)),
        session: before.session === undefined ? undefined : { ...before.session, training: event.on }
      }
    case "MetricsShown": {
      const { metrics } = event
      const printed = wrapLines(metricsLines(metrics, Math.min(columns, MOST_COLUMNS)), columns)
      return { ...append(before, printed), revision: metrics.revision }
    }
    case "SessionResumed": {
      const tasks = event.conversation.flatMap((message) => message._tag === "User" ? [message.text] : [])
      const history = [...tasks, ...before.history]
      return { ...append(before, transcript(event)), history, historyAt: history.length }
    }
    case "Cleared":
      return { ...append(before, transcript(event)), context: undefined, correctable: undefined }
    case "HelpShown":
      return append(before, helpLines(columns))
    case "AssistantMessage":
    case "ToolFinished":
    case "LearningFailed":
    case "Reasked":
      return { ...append(before, transcript(event)), activity: idle, stream: "" }
    case "Correctable":
      return { ...append(before, correctableLines(event, "Ctrl-T")), correctable: event }
    case "UserMessage":
    case "TurnResumed":
      return { ...append(before, transcript(event)), correctable: undefined }
    case "TurnFinished":
    case "TurnCancelled":
    case "SessionEnded":
      return { ...append(before, transcript(event)), activity: idle, stream: "", proposed: undefined, stopping: false }
    default:
      return append(before, transcript(event))
  }
}
