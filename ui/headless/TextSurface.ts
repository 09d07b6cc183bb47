import * as Result from "effect/Result"
import type { CallArguments } from "../../core/domain/Call.ts"
import { type ApprovalRequest, shownCall } from "../../core/domain/ApprovalRequest.ts"
import type { ApprovalAnswer } from "../../core/domain/Verdict.ts"
import { callBody, callTitle, repairLines } from "../text/CallText.ts"
import { commandHelp, parseInput } from "../text/Commands.ts"
import { indented, type Line, line, plain, span } from "../text/Line.ts"
import { transcript } from "../text/Transcript.ts"
import { visible } from "../text/Visible.ts"
import type { Said, Surface } from "./Surface.ts"

const ANSWERS =
  "y | a (always) | A (always in this project) | n <correction> | e <arguments as JSON> | f <note> | c (cancel) | q (quit)"

const print = (lines: ReadonlyArray<Line>): ReadonlyArray<string> => lines.map(plain)

const help: ReadonlyArray<readonly [string, string]> = [
  ...commandHelp,
  ["/stop", "stop what is running, at any time"]
]

const parseArguments = (original: CallArguments, text: string): ApprovalAnswer | string => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return { _tag: "Edit", arguments: { ...value } }
    }
  } catch {
    // Not JSON: for a command that is the common case, handled below.
  }
  if (typeof original["command"] === "string" && text !== "" && !text.startsWith("{")) {
    return { _tag: "Edit", arguments: { ...original, command: text } }
  }
  return "e needs the arguments as one JSON object on the line"
}

const parseAnswer = (request: ApprovalRequest, typed: string): ApprovalAnswer | string => {
  const [, key = "", rest = ""] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(typed) ?? []
  switch (key) {
    case "y":
      return rest === "" ? { _tag: "Approve" } : "y takes no text; to change the call use e or n"
    case "a":
    case "A":
      if (request.grant === undefined) return "no rule for such calls can be shown in full, so a is not offered: use y"
      return rest === "" ? { _tag: "Always", saved: key === "A" } : `${key} takes no text`
    case "n":
      return rest === "" ? "a denial needs a correction: n <what to do instead>" : { _tag: "Deny", correction: rest }
    case "f":
      return rest === "" ? "a note needs text: f <note>" : { _tag: "Note", text: rest }
    case "c":
      return { _tag: "Cancel" }
    case "q":
      return { _tag: "Quit" }
    case "e":
      return parseArguments(request.call.arguments, rest)
    default:
      return `not an answer: ${visible(typed.slice(0, 80))}`
  }
}

const said = <A extends object>(parsed: A | string, allowed: string): Said<A> =>
  typeof parsed === "string" ? { refused: [`? ${parsed}. Type ${allowed}`] } : { take: parsed }

/** Plain text for people whose input or output is a pipe. Each line answers what waits when it is read. */
export const textSurface: Surface<string> = {
  event: (event) => {
    switch (event._tag) {
      case "SessionStarted":
        return [
          `continualcode  ${visible(event.workspace)}`,
          visible(
            `model ${event.model}  trainer ${event.trainer}  objective ${event.objective}  revision ${event.revision}`
              + `  sandbox ${event.sandbox}  training ${event.training ? "on" : "off"}`
          )
        ]
      case "CallProposed":
        return print([
          [span(event.retry ? "retry " : "call  "), ...callTitle(event.call)],
          ...indented([...repairLines(event.repairs), ...callBody(event.call, event.preview)])
        ])
      case "VerdictGiven":
      case "CallRefused":
        return print(transcript(event).slice(1))
      case "CallAllowed":
        return [`  by rule: ${visible(event.rules.join("; "))}`]
      case "LearningStarted":
        return ["learning"]
      case "HelpShown":
        return [`At a call: ${ANSWERS}`, ...print(help.map(([name, text]) => line(`  ${name.padEnd(16)}${text}`)))]
      default:
        return print(transcript(event))
    }
  },
  approvalRequested: (request) => {
    const { edited, grant, preview, problem, reasons = [], suggestion } = request
    const call = shownCall(request)
    return [
      ...(edited === undefined ? [] : print([
        [span("edited  "), ...callTitle(call)],
        ...indented(callBody(call, preview))
      ])),
      ...reasons.map((reason) => `  why asked: ${visible(reason)}`),
      ...(grant === undefined ? [] : [`  a would allow: ${visible(grant)}`]),
      ...(problem === undefined ? [] : [`? ${visible(problem)}`]),
      ...(suggestion === undefined ? [] : [`  a correction could be: ${visible(suggestion.replace(/\n/g, " "))}`]),
      `? ${plain(callTitle(call))}   ${ANSWERS}`
    ]
  },
  inputRequested: ["? task, or /help"],
  result: (result) => [
    `${result.reason}  steps ${result.steps}  approved ${result.approvals}  denied ${result.denials}  edited ${result.edits}`
    + `  revision ${result.revision}`
  ],
  read: (text) => text.trim() === "/stop" ? "interrupt" : { item: text },
  unreadable: (text, problem) => [`? ${problem}: ${visible(text.slice(0, 80))}`],
  judgeAnswer: (request, item) => said(parseAnswer(request, item), ANSWERS),
  judgeInput: (item) => {
    const parsed = parseInput(item)
    return Result.isSuccess(parsed) ? { take: parsed.success } : { refused: [`? ${parsed.failure}`] }
  }
}
