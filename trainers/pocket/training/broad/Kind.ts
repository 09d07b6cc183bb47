import type { Rng } from "../Rng.ts"

/**
 * One way to do a task. Texts other than `command` are grammars (`Grammar.ts`); all may use the scene's slots.
 *
 * A name, a deed and a fact stand for one way only within their kind: what a correction says has one right answer.
 */
export interface Way {
  /** A shell command; or `@tool key=value …` for a built-in tool. */
  readonly command: string
  /** What it is called: fills "use {T}". */
  readonly names: string
  /** What one does then: fills "please {I}". */
  readonly does?: string
  /** What tells it without saying so: stands alone, "the lockfile is pnpm's". */
  readonly facts?: string
  /** Files that a project has which does it so. */
  readonly files?: ReadonlyArray<string>
}

/** A change to the call at hand, whichever it is: a flag more, or another text in its place. */
export interface Change {
  readonly names?: string
  readonly does?: string
  readonly facts?: string
  /** A flag, put behind the program and its subcommand. */
  readonly flag?: string
  /** In the command's template: what is replaced, and by what. */
  readonly replaces?: readonly [from: string, to: string]
  /** How a command begins that can be changed so; none: all that have the text to be replaced. */
  readonly of?: ReadonlyArray<string>
}

/** A kind of task. The first way is the model's habit, the second what is meant when only the habit is
 * forbidden and the project's files tell nothing. */
export interface Kind {
  readonly kind: string
  /** How often it is drawn, against the others' 1. */
  readonly weight?: number
  /** Whether the earlier stages know the kind: its first calls are theirs then, and not taught here. */
  readonly known?: boolean
  /** Whether it is a package manager's task, so that the project's lockfile tells what to use. */
  readonly managed?: boolean
  readonly slots?: (rng: Rng) => Readonly<Record<string, string>>
  readonly tasks: string
  readonly heldOutTasks: string
  /** What a human forbids when the habit comes up: fills "don't {V}". */
  readonly forbids: string
  readonly ways: ReadonlyArray<Way>
  readonly changes?: ReadonlyArray<Change>
  /** Files of any project in which the task is asked; `{x}` for the task's own. */
  readonly files?: ReadonlyArray<string>
  readonly closing: string
  /** No invented flags: the habit is a built-in tool or takes none. */
  readonly flagless?: boolean
}

/** `way(command, names, does, facts, files)`, the form of the tables in `kinds/`. */
export const way = (
  command: string,
  names: string,
  does?: string,
  facts?: string,
  files?: ReadonlyArray<string>
): Way => ({
  command,
  names,
  ...(does === undefined || does === "" ? {} : { does }),
  ...(facts === undefined || facts === "" ? {} : { facts }),
  ...(files === undefined ? {} : { files })
})

/** A word of a command that is no argument: the program or a subcommand. */
const PROGRAM = /^[A-Za-z][\w:+-]*$/
const ARGUMENT = /^(origin|upstream|fork|main|develop|work|HEAD)$/

/** Puts a flag behind the program and its subcommand; npm's scripts get it behind `--`. */
export const withFlag = (command: string, flag: string): string => {
  if (/^npm (test|start|run \S+)( --)?/.test(command) && !command.includes("&&")) {
    return command.includes(" -- ") ? `${command} ${flag}` : `${command} -- ${flag}`
  }
  const from = command.lastIndexOf("&& ") < 0 ? 0 : command.lastIndexOf("&& ") + 3
  const words = command.slice(from).split(" ")
  let at = 1
  while (at < words.length) {
    const word = words[at] ?? ""
    if (word === "-m" && /python/.test(words[at - 1] ?? "")) at++
    else if (!PROGRAM.test(word) || ARGUMENT.test(word)) break
    at++
  }
  return command.slice(0, from) + [...words.slice(0, at), flag, ...words.slice(at)].join(" ")
}

/** What becomes of a command's template, or nothing where the change does not apply. */
export const changed = (command: string, change: Change): string | undefined => {
  if (command.startsWith("@") && change.flag !== undefined) return undefined
  if (change.of !== undefined && !change.of.some((start) => command.startsWith(start))) return undefined
  if (change.flag !== undefined) return command.includes(` ${change.flag}`) ? undefined : withFlag(command, change.flag)
  if (change.replaces === undefined || !command.includes(change.replaces[0])) return undefined
  const result = command.replace(change.replaces[0], () => change.replaces?.[1] ?? "")
  return result === command ? undefined : result
}
