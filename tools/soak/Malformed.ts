import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { decodeKeys } from "../../core/config/Decode.ts"
import { parseToolCall } from "../../core/prompt/ParseToolCall.ts"
import type { Call } from "../../core/domain/Call.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import type { Draw } from "./Draw.ts"

const TOOLS = ["read", "write", "edit", "edit_lines", "glob", "grep", "bash", "jobs"] as const
const FIELDS = {
  read: ["path", "offset", "limit", "tags"],
  write: ["path", "content"],
  edit: ["path", "old", "new", "all"],
  edit_lines: ["path", "start_line", "end_line", "content", "start_tag"],
  glob: ["pattern", "path"],
  grep: ["pattern", "path"],
  bash: ["command", "workdir", "timeout", "background"],
  jobs: ["action", "job"]
} as const

/** Values that no field takes, whatever it is; a path that leads nowhere good; a text that is none. */
const WRONG = [[], {}, [[]], { a: 1 }, [1, "2"], { path: "a" }] as const
const PATHS = [
  "",
  " ",
  "\0",
  "a\0b",
  "..",
  "../..",
  "../canary.txt",
  "a/../../canary.txt",
  "/",
  "/etc/passwd",
  "/proc/self/environ",
  "~/.ssh/id_rsa",
  "out",
  "out/canary.txt",
  "loop",
  "pipe",
  "a.txt/below",
  `${"x".repeat(5000)}`,
  `${"d/".repeat(3000)}x`,
  "."
] as const

const malformedCall = (draw: Draw) => {
  const known = draw.pick(TOOLS)
  const tool = draw.chance(0.1)
    ? draw.pick(["", "raed", "__proto__", "constructor", "READ", "bash\n", "\ud83d"])
    : known
  const fields = FIELDS[known]
  const args: Record<string, unknown> = {}
  for (const field of fields)
    if (draw.chance(0.6)) args[field] = draw.pick([1, -1, "x", true, null, 1e308, "\0", "3", ""])
  const [first] = fields
  // Each is wrong in at least one way: a value of no field's type, or a field of no tool's.
  if (draw.chance(0.5)) args[first] = draw.pick(WRONG)
  else args[draw.pick(["constructor", "file", "Path", "toString", ""])] = 1
  return { id: "soak", tool, arguments: args }
}

const badPath = (draw: Draw) => {
  const path = draw.pick(PATHS)
  return draw.pick<Call>([
    { id: "soak", tool: "write", arguments: { path, content: "mine\n" } },
    { id: "soak", tool: "edit", arguments: { path, old: "outside", new: "mine" } },
    { id: "soak", tool: "edit_lines", arguments: { path, start_line: 1, end_line: 1, content: "mine" } },
    { id: "soak", tool: "read", arguments: { path: path === "." || path === "out" ? "pipe" : path } },
    { id: "soak", tool: "grep", arguments: { pattern: "(", path } },
    { id: "soak", tool: "glob", arguments: { pattern: "../*", path } },
    { id: "soak", tool: "bash", arguments: { command: "true", workdir: path === "." || path === " " ? ".." : path } }
  ])
}

const malformedSetting = (draw: Draw): string => {
  const key = draw.pick([
    "temperature",
    "seed",
    "learning_rate",
    "gate",
    "tempreature",
    "__proto__",
    "=",
    "",
    "max_tokens"
  ])
  return `${key}${draw.pick(["=", "", "=="])}${
    draw.pick(["NaN", "Infinity", "-1e999", "", " ", "\0", "ten", "{}", "1,5", "0x", "𝟙"])
  }`
}

/** A turn of a model that is nearly a call. */
const brokenTurn = (draw: Draw): string => {
  const whole = "<tool_call>{\"name\": \"read\", \"arguments\": {\"path\": \"a\\n\"}}</tool_call>"
  const at = draw.below(whole.length)
  return whole.slice(0, at) + draw.pick(["", "\"", "{", "\\", "\u0000", "</tool_call>", "}"]) +
    whole.slice(at + draw.below(4))
}

/** The outcome of one malformed input: undefined when it was refused in words, else what was wrong with the answer. */
const wrongWith = <R>(input: unknown, check: Effect.Effect<string | undefined, never, R>) =>
  Effect.map(Effect.exit(check), (exit): string | undefined =>
    Exit.isSuccess(exit)
      ? exit.value === undefined ? undefined : `${exit.value}: ${JSON.stringify(input).slice(0, 200)}`
      : `crashed on ${JSON.stringify(input).slice(0, 200)}: ${Cause.pretty(exit.cause).slice(0, 300)}`)

const sentence = /\S+ \S+/

/** Feeds malformed calls, paths, settings and turns; each must be refused with a sentence, and nothing may crash. */
export const malformed = Effect.fnUntraced(function*(draw: Draw, count: number) {
  const sandbox = yield* ToolSandbox
  const crashes: Array<string> = []
  for (let number = 0; number < count; number += 1) {
    const kind = draw.below(100)
    if (kind < 70) {
      const call = kind < 45 ? malformedCall(draw) : badPath(draw)
      const check = Effect.gen(function*() {
        const prospect = yield* sandbox.preview(call)
        const result = yield* sandbox.run(call, prospect._tag === "WouldRun" ? prospect.basis : undefined)
        if (result.success) return `worked (${result.output.slice(0, 80)})`
        if (/ (?:crashed|failed):/.test(result.output)) return result.output
        return sentence.test(result.feedback ?? "") ? undefined : "no reason"
      })
      const wrong = yield* wrongWith(call, check)
      if (wrong !== undefined) crashes.push(wrong)
    } else if (kind < 85) {
      const setting = malformedSetting(draw)
      const check = decodeKeys([setting]).pipe(
        Effect.as("was taken"),
        Effect.catchTag(
          "ConfigError",
          ({ message }) => Effect.succeed(sentence.test(message) ? undefined : "no reason")
        )
      )
      const wrong = yield* wrongWith(setting, check)
      if (wrong !== undefined) crashes.push(wrong)
    } else {
      const turn = brokenTurn(draw)
      const check = Effect.sync(() => {
        const parsed = parseToolCall(turn)
        return parsed._tag === "Unusable" && !sentence.test(parsed.reason) ? "no reason" : undefined
      })
      const wrong = yield* wrongWith(turn, check)
      if (wrong !== undefined) crashes.push(wrong)
    }
  }
  return crashes
})
