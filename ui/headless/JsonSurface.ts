import type { ApprovalRequest } from "../../core/domain/ApprovalRequest.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import { type ApprovalAnswer, correctionIn, NEEDS_CORRECTION } from "../../core/domain/Verdict.ts"
import { decodeInput, encodeLine, type InputLine } from "./Protocol.ts"
import type { Said, Surface } from "./Surface.ts"

type Item = Exclude<InputLine, { readonly _tag: "Interrupt" }>

const ANSWERS = ["Approve", "Always", "Deny", "Edit", "Note", "Cancel", "Quit", "Interrupt"]
const INPUTS = [
  "Task",
  "Note",
  "ShowMetrics",
  "Why",
  "ShowLessons",
  "ShowLesson",
  "UndoLesson",
  "ForgetLesson",
  "Learn",
  "Correct",
  "Instead",
  "ShowPermissions",
  "TestPermission",
  "AddPermission",
  "RevokePermission",
  "UndoChange",
  "ShowSessions",
  "Clear",
  "Help",
  "Quit"
]
const ALL = Array.from(new Set([...ANSWERS, ...INPUTS]))

const refuse = (text: string, message: string, allowed: ReadonlyArray<string>): ReadonlyArray<string> => [
  encodeLine({ _tag: "LineRefused", line: text.slice(0, 200), message, allowed })
]
const refused = (item: Item, message: string, allowed: ReadonlyArray<string>) => ({
  refused: refuse(JSON.stringify(item), message, allowed)
})

const judgeAnswer = (request: ApprovalRequest, item: Item): Said<ApprovalAnswer> => {
  if ("call" in item && item.call !== undefined && item.call !== request.call.id) {
    return refused(item, `the waiting call is ${request.call.id}, not ${item.call}`, ANSWERS)
  }
  switch (item._tag) {
    case "Approve":
      return { take: { _tag: "Approve" } }
    case "Always":
      return request.grant === undefined
        ? refused(item, "this request has no grant, so Always cannot be given", ANSWERS)
        : { take: { _tag: "Always", saved: item.saved } }
    case "Edit": {
      const { call: _, ...edit } = item
      return { take: edit }
    }
    case "Cancel":
      return { take: { _tag: "Cancel" } }
    case "Quit":
      return { take: { _tag: "Quit" } }
    case "Deny":
      return correctionIn(item.correction) === undefined
        ? refused(item, `${NEEDS_CORRECTION}: say what to do instead`, ANSWERS)
        : { take: { _tag: "Deny", correction: item.correction } }
    case "Note":
      return item.text.trim() === ""
        ? refused(item, "a note needs text", ANSWERS)
        : { take: { _tag: "Note", text: item.text } }
    default:
      return "leave"
  }
}

const judgeInput = (item: Item): Said<UserInput> => {
  switch (item._tag) {
    case "Approve":
    case "Always":
    case "Deny":
    case "Edit":
    case "Cancel":
      return refused(item, "no call waits for an answer", INPUTS)
    case "Correct":
      return item.correction.trim() === "" ? refused(item, "Correct needs a correction", INPUTS) : { take: item }
    case "Task":
    case "Note":
      return item.text.trim() === "" ? refused(item, `${item._tag} needs text`, INPUTS) : { take: item }
    default:
      return { take: item }
  }
}

/** JSON lines, as `Protocol.ts` defines them. */
export const jsonSurface: Surface<Item> = {
  event: (event) => [encodeLine(event)],
  approvalRequested: (request) => [encodeLine({ _tag: "ApprovalRequested", request })],
  inputRequested: [encodeLine({ _tag: "InputRequested" })],
  result: (result) => [encodeLine(result)],
  read: (text) => {
    const decoded = decodeInput(text)
    if ("problem" in decoded) return { refused: refuse(text, decoded.problem, ALL) }
    return decoded.line._tag === "Interrupt" ? "interrupt" : { item: decoded.line }
  },
  unreadable: (text, problem) => refuse(text, problem, ALL),
  judgeAnswer,
  judgeInput
}
