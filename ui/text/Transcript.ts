import type { Call } from "../../core/domain/Call.ts"
import type { AgentEvent } from "../../core/domain/Event.ts"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import type { Undone } from "../../core/domain/Undone.ts"
import type { Verdict } from "../../core/domain/Verdict.ts"
import { argumentsBody, callTitle } from "./CallText.ts"
import { cardLines } from "./Card.ts"
import { learningFailed, outcomeLine, relationLines } from "./Evidence.ts"
import { listText, timeText, undoneText } from "./LessonText.ts"
import { capped, indented, type Line, line, plain, span } from "./Line.ts"
import { metricsLines } from "./MetricsText.ts"
import { permissionLines, testedLines } from "./PermissionText.ts"
import { probeLines } from "./ProbeText.ts"
import { resumedLines, sessionsText, taskLines } from "./SessionText.ts"
import { outputLines, visible, visibleLines } from "./Visible.ts"

/** Lines of a tool's output kept on the screen; the model and the ledger have it all. */
const OUTPUT_LINES = 12
/** Lines kept of what was said and could not be used. */
const SAID_LINES = 8
/** Lines of a call kept with its verdict; all of them were scrollable before it. */
const BODY_LINES = 30

const dimmed = (lines: ReadonlyArray<string>): ReadonlyArray<Line> => lines.map((one) => line(one, { dim: true }))

const resultLines = (result: ToolResult): ReadonlyArray<Line> => {
  const output = outputLines(result.output.replace(/\n+$/, ""))
  return [
    ...(result.output.trim().length === 0 ? [] : indented(capped(dimmed(output), OUTPUT_LINES))),
    ...(result.success
      ? []
      : [[span("  failed", { color: "red", bold: true }), span(`  ${visible(result.feedback ?? "")}`)]]),
    ...(result.success && result.feedback !== undefined ? [line(`  ${visible(result.feedback)}`)] : [])
  ]
}

const verdictLines = (verdict: Verdict): ReadonlyArray<Line> => {
  switch (verdict._tag) {
    case "Approve":
      return [line("  approved", { color: "green" })]
    case "Deny":
      return visibleLines(verdict.correction).map((text, index) =>
        index === 0 ? [span("  denied", { color: "red", bold: true }), span(`  ${text}`)] : line(`          ${text}`)
      )
    case "Edit":
      return [line("  edited; this ran instead:", { color: "yellow" })]
  }
}

const undoneLine = (undone: Undone): Line =>
  undone._tag === "Undone"
    ? [
      span("undone", { color: "green" }),
      span(`  ${visible(undone.path)} is ${undone.removed ? "gone again" : "as it was"} before ${timeText(undone.at)}`),
      span("  (what commands changed is not covered)", { dim: true })
    ]
    : [span("not undone", { color: "yellow" }), span(`  ${visible(undone.reason)}`)]

const wantedCall = (
  call: Call,
  { arguments: given, tool = call.tool }: Extract<Verdict, { readonly _tag: "Edit" }>
) => ({
  ...call,
  tool,
  arguments: given
})

/** A call with its verdict; `body` is shown between the two, cut to a screenful. */
export const verdictBlock = (
  { call, verdict }: { readonly call: Call; readonly verdict: Verdict },
  body: ReadonlyArray<Line>
): ReadonlyArray<Line> => [
  [span("* "), ...callTitle(call)],
  ...indented(capped(body, BODY_LINES)),
  ...verdictLines(verdict),
  ...(verdict._tag === "Edit"
    ? [
      [span("* "), ...callTitle(wantedCall(call, verdict)), span("  edited", { color: "yellow" })],
      ...indented(argumentsBody(wantedCall(call, verdict)))
    ]
    : [])
]

/** What may have been meant by an answer, in full, and how to make it the wanted call. */
export const correctableLines = (
  { wanted }: Extract<AgentEvent, { readonly _tag: "Correctable" }>,
  key: string
): ReadonlyArray<Line> =>
  wanted === undefined ? [] : [
    [
      span(key, { bold: true, color: "cyan" }),
      span(" does this instead and learns it: ", { dim: true }),
      ...callTitle(wanted)
    ],
    ...indented(Object.keys(wanted.arguments).length === 1 ? [] : argumentsBody({ id: "", ...wanted }))
  ]

/**
 * What stays on the screen after an event, or nothing when the event only changes what is live. The surface adds the
 * help text itself, since keys differ.
 */
export const transcript = (event: AgentEvent): ReadonlyArray<Line> => {
  switch (event._tag) {
    case "SessionStarted":
      return [
        [span("continualcode", { bold: true }), span(`  ${visible(event.workspace)}`)],
        line("Type a task. Deny a call and say what to do instead: it learns from that. /help lists the keys.", {
          dim: true
        })
      ]
    case "SessionResumed":
      return resumedLines(event)
    case "SessionsShown":
      return sessionsText(event.sessions, event.current).split("\n").map((text) => line(text))
    case "UserMessage":
      return taskLines(event.text)
    case "NoteAdded":
      return [[span("note", { color: "blue" }), span(`  ${visible(event.text.replace(/\n/g, "⏎"))}`)]]
    case "AssistantMessage":
      return visibleLines(event.text.trim()).map((text) => line(text))
    case "CallAllowed":
      return [[
        span("* "),
        ...callTitle(event.call),
        span(`  by rule: ${visible(event.rules.join("; "))}`, { dim: true })
      ]]
    case "CallRefused":
      return [
        [span("* "), ...callTitle(event.call)],
        [
          span("  not allowed", { color: "red", bold: true }),
          span(`  ${visible(event.reasons.join("; "))}`),
          span(`  ${visible(event.rules.join("; "))}`, { dim: true })
        ]
      ]
    case "PermissionsShown":
      return permissionLines(event)
    case "PermissionTested":
      return testedLines(event)
    case "VerdictGiven":
      return verdictBlock(event, [])
    case "ToolFinished":
      return resultLines(event.result)
    case "LearningFinished":
      return [outcomeLine(event.outcome), ...relationLines(event.relations)]
    case "LearningFailed":
      return [learningFailed(event.message)]
    case "Reasked":
      return [
        ...indented(
          capped(dimmed(visibleLines((event.text ?? "").trim())), SAID_LINES).filter((one) => plain(one) !== "")
        ),
        [span("asked again", { color: "yellow" }), span(`  ${visible(event.reason)}`)]
      ]
    case "Correctable":
      return correctableLines(event, "/do")
    case "MetricsShown":
      return metricsLines(event.metrics)
    case "WhyShown":
      return cardLines(event.card)
    case "ProbesRun":
      return probeLines(event.run)
    case "LessonsShown":
      return listText(event.lessons).split("\n").map((text) => line(text))
    case "LessonsUndone":
      return undoneText(event).split("\n").map((text) => line(text))
    case "ChangeUndone":
      return [undoneLine(event.undone)]
    case "LearningSwitched":
      return [line(`learning is ${event.on ? "on: a denial or an edit teaches" : "off: corrections only steer"}`)]
    case "Cleared":
      return [line("new conversation", { dim: true })]
    case "TurnCancelled":
      return [[span("cancelled", { color: "yellow" }), span(`  ${visible(event.reason)}`)]]
    case "Notice":
      return visibleLines(event.message).map((text) => line(text, { dim: true }))
    case "Failure":
      return visibleLines(event.message).map((text, index) =>
        index === 0 ? [span("error", { color: "red", bold: true }), span(`  ${text}`)] : line(`       ${text}`)
      )
    default:
      return []
  }
}
