import * as Predicate from "effect/Predicate"
import type { ChatTool } from "../../LoraBackend.ts"
import { jsonAt } from "./Json.ts"

/**
 * What a text is to the grammar of calls: `Free` where no call has begun, `Open` where one has and can still become one, `Whole`
 * where it is one, `Broken` where it can no longer.
 */
export type Standing = "Free" | "Open" | "Whole" | "Broken"

interface ToolGrammar {
  readonly name: string
  readonly types: ReadonlyMap<string, unknown>
  readonly required: ReadonlyArray<string>
}

/** What a reading comes to: where it goes on, or that the text ended, or that it cannot be. */
type Next = number | "Open" | "Broken"

/** Longest run of white space, so that none goes on for ever. */
const MOST_SPACE = 24

/**
 * A call that begins a turn, alone, fenced or in tags, up to its name. A later one begins once it has the name of a tool and the key of its
 * arguments, as JSON in an answer may have a name for other reasons.
 */
const FIRST = /^\s*(?:(<tool_call>|<tools>)\s*|```(?:json)?\s*)?(?=\{\s*"name"\s*:)/
const LATER =
  /(?:(<tool_call>)\s*|^[ \t]*```(?:json)?\s*|^)(?=\{\s*"name"\s*:\s*"([^"\\]+)"\s*,\s*"(?:arguments|parameters)"\s*:)/gm

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => Predicate.isObject(value) ? { ...value } : {}

const toolGrammar = ({ function: { name, parameters } }: ChatTool): ToolGrammar => {
  const { properties, required } = fieldsOf(parameters)
  return {
    name,
    types: new Map(Object.entries(fieldsOf(properties)).map(([key, schema]) => [key, fieldsOf(schema)["type"]])),
    required: Array.isArray(required) ? required.filter(Predicate.isString) : []
  }
}

class Prefix {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }

  space(at: number): Next {
    let end = at
    while (end < this.text.length && /\s/.test(this.text.charAt(end))) end++
    if (end - at > MOST_SPACE) return "Broken"
    return end === this.text.length ? "Open" : end
  }

  literal(at: number, wanted: string): Next {
    const given = this.text.slice(at, at + wanted.length)
    if (given === wanted) return at + wanted.length
    return wanted.startsWith(given) && at + given.length === this.text.length ? "Open" : "Broken"
  }

  /** One of these names in quotes. */
  name(at: number, names: ReadonlyArray<string>): Next | { readonly name: string; readonly end: number } {
    const open = this.literal(at, "\"")
    if (typeof open === "string") return open
    const close = this.text.indexOf("\"", open)
    if (close === -1) {
      const begun = this.text.slice(open)
      return names.some((name) => name.startsWith(begun)) ? "Open" : "Broken"
    }
    const name = this.text.slice(open, close)
    return names.includes(name) ? { name, end: close + 1 } : "Broken"
  }

  string(at: number): Next {
    const open = this.literal(at, "\"")
    if (typeof open === "string") return open
    for (let end = open; end < this.text.length; end++) {
      const char = this.text.charAt(end)
      if (char === "\"") return end + 1
      if (char < " ") return "Broken"
      if (char !== "\\") continue
      end++
      if (end < this.text.length && !/["\\/bfnrtu]/.test(this.text.charAt(end))) return "Broken"
    }
    return "Open"
  }

  value(at: number, type: unknown, optional: boolean): Next {
    if (optional && this.text.charAt(at) === "n") return this.literal(at, "null")
    switch (type) {
      case "string":
        return this.string(at)
      case "boolean":
        return this.literal(at, this.text.charAt(at) === "f" ? "false" : "true")
      case "integer":
      case "number": {
        const rest = this.text.slice(at)
        const [digits = ""] = /^-?\d*(?:\.\d*)?/.exec(rest) ?? []
        if (type === "integer" && digits.includes(".")) return "Broken"
        if (digits.length === rest.length) return "Open"
        return /\d$/.test(digits) && digits.length < 17 ? at + digits.length : "Broken"
      }
      default: {
        const read = jsonAt(this.text, at)
        if (read._tag === "None") return "Broken"
        return read._tag === "Cut" ? "Open" : read.end
      }
    }
  }
}

/** Runs readers one after another until one does not go on. */
const through = (at: number, ...steps: ReadonlyArray<(at: number) => Next>): Next =>
  steps.reduce<Next>((next, step) => typeof next === "number" ? step(next) : next, at)

const argumentsAt = (prefix: Prefix, from: number, tool: ToolGrammar): Next => {
  const given = new Set<string>()
  let at = through(from, (at) => prefix.literal(at, "{"), (at) => prefix.space(at))
  while (typeof at === "number") {
    const isComplete = tool.required.every((name) => given.has(name))
    const char = prefix.text.charAt(at)
    if (char === "}") return isComplete ? at + 1 : "Broken"
    const open = [...tool.types.keys()].filter((name) => !given.has(name))
    if (given.size > 0) {
      if (open.length === 0) return "Broken"
      at = through(at, (at) => prefix.literal(at, ","), (at) => prefix.space(at))
      if (typeof at === "string") return at
    }
    const key = prefix.name(at, open)
    if (typeof key !== "object") return typeof key === "string" ? key : "Broken"
    given.add(key.name)
    at = through(
      key.end,
      (at) => prefix.space(at),
      (at) => prefix.literal(at, ":"),
      (at) => prefix.space(at),
      (at) => prefix.value(at, tool.types.get(key.name), !tool.required.includes(key.name)),
      (at) => prefix.space(at)
    )
  }
  return at
}

/** What may stand after a call: the end of what it began in, then the turn must end. */
const standingAfter = (text: string, at: number, close: string): Standing => {
  const rest = text.slice(at).trim()
  if (text.length - at > close.length + MOST_SPACE) return "Broken"
  return rest === "" || close.startsWith(rest) ? "Whole" : "Broken"
}

/** Tells of any text how it stands to the calls of these tools. */
export const callGrammar = (tools: ReadonlyArray<ChatTool>): (text: string) => Standing => {
  const byName = new Map(tools.map((tool) => [tool.function.name, toolGrammar(tool)]))
  const names = [...byName.keys()]

  const beginOf = (text: string): { readonly at: number; readonly close: string } | undefined => {
    const first = FIRST.exec(text)
    const found = first ?? Array.from(text.matchAll(LATER)).find(([, , name = ""]) => byName.has(name))
    if (found === undefined) return undefined
    const [whole, tag] = found
    const close = tag === undefined ? (whole.includes("```") ? "```" : "") : tag.replace("<", "</")
    return { at: found.index + whole.length, close }
  }

  return (text) => {
    const begin = beginOf(text)
    if (begin === undefined) return "Free"
    const prefix = new Prefix(text)
    const nameAt = through(
      begin.at,
      (at) => prefix.literal(at, "{"),
      (at) => prefix.space(at),
      (at) => prefix.literal(at, "\"name\""),
      (at) => prefix.space(at),
      (at) => prefix.literal(at, ":"),
      (at) => prefix.space(at)
    )
    const name = typeof nameAt === "string" ? nameAt : prefix.name(nameAt, names)
    if (typeof name !== "object") return name === "Open" ? "Open" : "Broken"
    const tool = byName.get(name.name)
    if (tool === undefined) return "Broken"
    const end = through(
      name.end,
      (at) => prefix.space(at),
      (at) => prefix.literal(at, ","),
      (at) => prefix.space(at),
      (at) => prefix.literal(at, text.startsWith("\"p", at) ? "\"parameters\"" : "\"arguments\""),
      (at) => prefix.space(at),
      (at) => prefix.literal(at, ":"),
      (at) => prefix.space(at),
      (at) => argumentsAt(prefix, at, tool),
      (at) => prefix.space(at),
      (at) => prefix.literal(at, "}")
    )
    return typeof end === "number" ? standingAfter(text, end, begin.close) : end
  }
}
