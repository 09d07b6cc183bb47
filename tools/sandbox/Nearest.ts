import type { AskedCall, CallArguments } from "../../core/domain/Call.ts"
import type { Tool } from "../../core/Tool.ts"
import { fullParameters } from "../../core/ToolSchema.ts"
import { meantArguments } from "./Meant.ts"

/** Words in invented names of tools, by the tool they mean. */
const MEANING: Readonly<Record<string, RegExp>> = {
  read: /read|open|cat|view|show|print|display/,
  write: /write|create|save|new|add|put|make/,
  edit: /edit|replace|update|modify|change|patch/,
  glob: /list|files|ls|glob|find/,
  grep: /grep|search|find|query|locate/,
  bash: /bash|shell|exec|run|command|terminal|git|install|npm|test|push|commit|cmd|script/
}

interface Fit {
  readonly call: AskedCall
  readonly score: number
}

const fitOf = (tool: Tool, called: string, written: CallArguments): Fit | undefined => {
  const schema = fullParameters(tool.parameters)
  const { arguments: given } = meantArguments(schema, written)
  const kept = Object.entries(given).filter(([name]) => Object.hasOwn(schema.properties, name))
  const isWhole = schema.required.every((name) => kept.some(([key]) => key === name))
  if (!isWhole || kept.length === 0) return undefined
  const isMeant = tool.name === called || (MEANING[tool.name]?.test(called.toLowerCase()) ?? false)
  // An argument of any name fits somewhere: the name has to mean the tool, or more than one argument has to fit.
  if (!isMeant && kept.length < 2) return undefined
  const dropped = Object.keys(given).length - kept.length
  return {
    call: { tool: tool.name, arguments: Object.fromEntries(kept) },
    score: (isMeant ? 3 : 0) + 2 * kept.length - dropped
  }
}

/**
 * The call of a known tool that one which cannot run may have meant: a tool that takes its arguments and whose name means the same,
 * with what it does not take left out; whatever has a command is one for the shell. `fits` says which can run.
 */
export const nearestCall = (
  tools: ReadonlyArray<Tool>,
  { arguments: given, tool: called }: AskedCall,
  fits: (call: AskedCall) => boolean
): AskedCall | undefined => {
  const { command } = given
  const shell = { tool: "bash", arguments: { command } }
  if (typeof command === "string" && fits(shell)) return shell
  return tools.flatMap((tool) => fitOf(tool, called, given) ?? [])
    .toSorted((a, b) => b.score - a.score)
    .find(({ call }) => fits(call))?.call
}
