import type { Call } from "../domain/Call.ts"
import type { Message } from "../domain/Message.ts"
import { said } from "../Turn.ts"

/** Lengths in characters: of one turn's line, of a task in it, of what a call was about, and of the closing words. */
const LINE = 300
const TASK = 80
const SUBJECT = 40
const WORDS = 80

const short = (text: string, length: number): string => {
  const one = text.trim().replace(/\s+/g, " ")
  return one.length <= length ? one : `${one.slice(0, length - 1).toWellFormed()}…`
}

const callText = ({ arguments: given, tool }: Call): string => {
  const subject = ["command", "path", "pattern"].map((name) => given[name]).find((value) => typeof value === "string")
  return subject === undefined ? tool : `${tool} ${short(subject, SUBJECT)}`
}

const partOf = (message: Message): ReadonlyArray<string> => {
  switch (message._tag) {
    case "ToolResult":
      return [`${callText(message.call)}${message.success ? "" : " (failed)"}`]
    case "Denied":
      return [`${callText(message.call)} (denied)`]
    case "Assistant": {
      const { parsed } = said(message.text)
      return parsed._tag === "Words" && parsed.text !== "" ? [`you said "${short(parsed.text, WORDS)}"`] : []
    }
    default:
      return []
  }
}

/**
 * One line for a turn that is left out of the prompt: its task, the calls with how they ended, the last words. Made of what is
 * recorded, so it says nothing that did not happen. Undefined where nothing was asked.
 */
export const digest = (turn: ReadonlyArray<Message>): string | undefined => {
  const [first, ...rest] = turn
  if (first?._tag !== "User") return undefined
  return short(`"${short(first.text, TASK)}": ${rest.flatMap(partOf).join("; ") || "nothing was done"}`, LINE)
}
