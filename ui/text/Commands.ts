import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { CallArguments } from "../../core/domain/Call.ts"
import type { UserInput } from "../../core/domain/UserInput.ts"
import { RuleKind } from "../../core/permissions/Rule.ts"

const decodeArguments = Schema.decodeUnknownOption(Schema.fromJsonString(CallArguments))

interface Command {
  readonly names: ReadonlyArray<string>
  readonly argument?: string
  /** An argument that may be left out. */
  readonly optional?: string
  readonly help: string
}

/** The commands of the prompt; help text and parser both read this table. */
export const commands = [
  { names: ["/metrics", "/m"], help: "what was learned so far" },
  { names: ["/why", "/w"], optional: "n", help: "evidence of the last lesson, or of the n-th last" },
  { names: ["/lessons", "/l"], optional: "undo|forget|show id", help: "what it was taught; take a lesson back" },
  { names: ["/learn"], optional: "on|off", help: "whether corrections change the weights in this project" },
  { names: ["/no"], argument: "what instead", help: "correct the last call that ran, else the answer: this trains" },
  {
    names: ["/do"],
    optional: "command | tool {json}",
    help: "the call that was wanted instead of the answer; alone, the one found in it: this trains"
  },
  {
    names: ["/permissions", "/p"],
    optional: "allow|deny|revoke …",
    help: "what calls may do without being asked; change it, or take a grant back"
  },
  { names: ["/note"], argument: "text", help: "add context that needs no answer" },
  { names: ["/undo", "/u"], help: "take back the last change of a file by a call; commands' changes stay" },
  { names: ["/sessions", "/s"], help: "earlier conversations, and how to go on with one" },
  { names: ["/clear", "/c"], help: "start a new conversation, adapter kept" },
  { names: ["/help", "/h"], help: "keys and commands" },
  { names: ["/quit", "/q"], help: "end the session" }
] as const satisfies ReadonlyArray<Command>

const whyNumber = (text: string): UserInput | string => {
  if (text === "") return { _tag: "Why" }
  const number = Number(text)
  return Number.isInteger(number) && number >= 1
    ? { _tag: "Why", number }
    : `/why takes a number, 1 for the last lesson: /why 2`
}

const lessonsAction = (text: string): UserInput | string => {
  if (text === "") return { _tag: "ShowLessons" }
  const [action, id, ...more] = text.split(/\s+/)
  if (more.length === 0) {
    if (action === "undo") return { _tag: "UndoLesson", ...(id === undefined ? {} : { id }) }
    if (action === "show" && id !== undefined) return { _tag: "ShowLesson", id }
    if (action === "forget" && id !== undefined) return { _tag: "ForgetLesson", id }
  }
  return "/lessons lists them; /lessons show <id>, /lessons undo [id] and /lessons forget <id> take one of them"
}

/** `npm test` is a command for bash, `read {"path": "a.js"}` the call of a tool. */
const wantedCall = (text: string): UserInput | string => {
  if (text === "") return { _tag: "Instead" }
  const [, tool, json] = /^([A-Za-z_][\w.-]*)\s*(\{[\s\S]*\})$/.exec(text) ?? []
  if (tool === undefined || json === undefined) {
    return { _tag: "Instead", call: { tool: "bash", arguments: { command: text } } }
  }
  const given = decodeArguments(json)
  return Option.isSome(given)
    ? { _tag: "Instead", call: { tool, arguments: given.value } }
    : `the arguments of ${tool} must be one JSON object: /do ${tool} {"path": "a.js"}`
}

const learnSwitch = (text: string): UserInput | string => {
  if (text === "") return { _tag: "Learn" }
  return text === "on" || text === "off" ? { _tag: "Learn", on: text === "on" } : "/learn takes on or off: /learn off"
}

const PERMISSIONS =
  "/permissions lists the rules; /permissions allow net, always run npm test, deny write dist, test git push "
  + "and revoke <number> change or ask them"

const isKind = Schema.is(RuleKind)

const permissionsAction = (text: string): UserInput | string => {
  if (text === "") return { _tag: "ShowPermissions" }
  const [, action = "", first = "", rest = ""] = /^(\S+)\s*(\S*)\s*([\s\S]*)$/.exec(text) ?? []
  switch (action) {
    case "allow":
    case "always":
    case "deny": {
      if (!isKind(first))
        return `/permissions ${action} takes read, write, run or net: /permissions ${action} run npm test`
      const pattern = rest === "" ? {} : { pattern: first === "run" && !rest.endsWith("*") ? `${rest} *` : rest }
      return {
        _tag: "AddPermission",
        effect: action === "deny" ? "deny" : "allow",
        kind: first,
        saved: action === "always",
        ...pattern
      }
    }
    case "test":
      if (first === "") return "/permissions test takes a command, or read, write or net with a path or host"
      return isKind(first) && rest !== ""
        ? { _tag: "TestPermission", kind: first, what: rest }
        : { _tag: "TestPermission", kind: "run", what: `${first} ${rest}`.trim() }
    case "revoke": {
      const number = Number(first)
      return first !== "" && rest === "" && Number.isInteger(number)
        ? { _tag: "RevokePermission", number }
        : "/permissions revoke takes the number of a rule: /permissions revoke 4"
    }
    default:
      return PERMISSIONS
  }
}

/** What a command means with the text after it, or what is wrong with that text. */
const inputs: Record<(typeof commands)[number]["names"][0], (rest: string) => UserInput | string> = {
  "/why": whyNumber,
  "/lessons": lessonsAction,
  "/learn": learnSwitch,
  "/metrics": () => ({ _tag: "ShowMetrics" }),
  "/do": wantedCall,
  "/no": (correction) => ({ _tag: "Correct", correction }),
  "/permissions": permissionsAction,
  "/note": (text) => ({ _tag: "Note", text }),
  "/undo": () => ({ _tag: "UndoChange" }),
  "/sessions": () => ({ _tag: "ShowSessions" }),
  "/clear": () => ({ _tag: "Clear" }),
  "/help": () => ({ _tag: "Help" }),
  "/quit": () => ({ _tag: "Quit" })
}

/**
 * What the human typed at the prompt: a slash command, else a task. Fails with a sentence for the human on blank text, an
 * unknown command or a missing or superfluous argument. A path such as `/etc/hosts is wrong` is a task: only a first word
 * without a further slash is a command.
 */
export const parseInput = (typed: string): Result.Result<UserInput, string> => {
  const text = typed.trim()
  if (text.length === 0) return Result.fail("type a task, or /help")
  const [, word, rest = ""] = /^(\/[^\s/]*)(?:\s+([\s\S]*))?$/.exec(text) ?? []
  if (word === undefined) return Result.succeed({ _tag: "Task", text })
  const command = commands.find((one) => one.names.some((name) => name === word))
  if (command === undefined) {
    return Result.fail(`unknown command ${word}: there are ${commands.map((one) => one.names[0]).join(", ")}`)
  }
  const wantsText = "argument" in command
  if (wantsText && rest.length === 0) return Result.fail(`${command.names[0]} needs text: ${command.names[0]} <text>`)
  if (!wantsText && !("optional" in command) && rest.length > 0)
    return Result.fail(`${command.names[0]} takes no text: leave out ${rest}`)
  const input = inputs[command.names[0]](rest.trim())
  return typeof input === "string" ? Result.fail(input) : Result.succeed(input)
}

/** One line per command for the help text. */
export const commandHelp: ReadonlyArray<readonly [string, string]> = commands.map((command) => [
  command.names.join(" ") + ("argument" in command ? ` <${command.argument}>` : "")
  + ("optional" in command ? ` [${command.optional}]` : ""),
  command.help
])
