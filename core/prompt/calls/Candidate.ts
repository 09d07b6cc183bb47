import type { CallArguments } from "../../domain/Call.ts"
import { wholeCalls } from "./Bare.ts"
import { fencesIn } from "./Blocks.ts"
import { jsonAt } from "./Json.ts"
import { MARK, markedCallsAt } from "./Marked.ts"
import { callsIn } from "./Shape.ts"

/** A call that an answer may have meant. It is never run as it is: a human can make it the wanted call. */
export type Candidate =
  | { readonly _tag: "Call"; readonly tool: string; readonly arguments: CallArguments }
  | { readonly _tag: "Command"; readonly command: string }

const SHELLS = /^(?:sh|bash|shell|zsh|console|terminal|shell-session)$/
const PROGRAMS =
  "npm|npx|pnpm|yarn|bun|node|deno|git|gh|ls|cd|mv|rm|cp|cat|echo|touch|mkdir|grep|rg|find|sed|tree|head|tail|curl|wget|python3?|pip3?|uv|"
  + "poetry|pytest|make|cargo|go|rustc|docker|prettier|eslint|tsc|vitest|jest|sudo|chmod|apt|apt-get|brew"
/** A line that begins as a shell command does. */
const COMMAND = new RegExp(`^(?:\\$ +)?(?:${PROGRAMS})(?: +[^\\n]+)?$`)
const MARKS = new RegExp(MARK, "g")

/** The commands of a shell block, prompts and comments left out. Where prompts are shown, other lines are output. */
const commandIn = (content: string): string | undefined => {
  const lines = content.split("\n").filter((line) => line.trim() !== "" && !/^\s*#(?!!)/.test(line))
  const prompted = lines.filter((line) => /^\s*\$ /.test(line))
  const command = (prompted.length > 0 ? prompted.map((line) => line.replace(/^\s*\$ +/, "")) : lines).join("\n").trim()
  return command === "" ? undefined : command
}

const callIn = (text: string): Candidate | undefined => {
  const whole = wholeCalls(text)
  const [first] = whole._tag === "Calls" ? whole.calls : []
  return first && { _tag: "Call", tool: first.tool, arguments: first.arguments }
}

const markedIn = (text: string): Candidate | undefined => {
  for (const { index } of text.matchAll(MARKS)) {
    const read = markedCallsAt(text, index)
    const [first] = read._tag === "Calls" ? read.calls : []
    if (first !== undefined) return { _tag: "Call", tool: first.tool, arguments: first.arguments }
  }
  return undefined
}

/** The first call among JSON objects that begin a line; one that was cut off is closed where it ends. */
const objectIn = (text: string): Candidate | undefined => {
  for (const { 0: { length }, index } of text.matchAll(/^[^\S\n]*(?=\{)/gm)) {
    const start = index + length
    const read = jsonAt(text, start)
    const closed = read._tag === "Cut" ? jsonAt(text.trimEnd() + read.missing, start) : read
    const [first] = closed._tag === "Value" ? callsIn(closed.value, "bare") : []
    if (first !== undefined) return { _tag: "Call", tool: first.tool, arguments: first.arguments }
  }
  return undefined
}

/**
 * The call that a turn may have meant, whatever it says: a call that was quoted, called an example or cut off, else the command of
 * a shell block, of code within a line, or of a turn that is one line of it.
 */
export const candidateIn = (text: string): Candidate | undefined => {
  const fences = fencesIn(text)
  const call = fences.map(({ content, language }) => SHELLS.test(language) ? undefined : callIn(content))
    .find((found) => found !== undefined) ?? markedIn(text) ?? objectIn(text)
  if (call !== undefined) return call
  for (const { content, language } of fences) {
    const command = commandIn(content)
    const isShell = SHELLS.test(language) || (language === "" && COMMAND.test(content.trim().split("\n")[0] ?? ""))
    if (isShell && command !== undefined) return { _tag: "Command", command }
  }
  const coded = Array.from(text.matchAll(/`([^`\n]+)`/g), ([, code = ""]) => code.trim())
  const whole = text.trim()
  const inline = coded.find((code) => code.includes(" ") && COMMAND.test(code))
    ?? (COMMAND.test(whole) && !/[.!?]$/.test(whole) ? whole : undefined)
  return inline === undefined ? undefined : { _tag: "Command", command: inline.replace(/^\$ +/, "") }
}
