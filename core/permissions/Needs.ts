import * as Effect from "effect/Effect"
import { readScript } from "./bash/ReadScript.ts"
import type { Script, SubCommand, Word } from "./bash/Script.ts"
import { catastrophe, catastrophicRedirect } from "./bash/Catastrophic.ts"
import { peel } from "./bash/Wrappers.ts"

/** What a tool says that a call needs: a command to run (in a folder, else the project's root), or a file to read or write, as the model wrote it. */
export type ToolNeed =
  | { readonly kind: "run"; readonly command: string; readonly folder?: string }
  | { readonly kind: "read" | "write"; readonly path: string }
  | { readonly kind: "net"; readonly host: string }

/** A file to read or write, as it is written. */
export interface FileNeed {
  readonly kind: "read" | "write"
  readonly path: string
}

/** One thing that rules are asked about. */
export type Need =
  /** A command: its words, the unknown ones undefined. `open`: it gets further words that are not written. */
  | { readonly kind: "run"; readonly words: ReadonlyArray<Word>; readonly open: boolean; readonly text: string }
  | FileNeed
  | { readonly kind: "net"; readonly host: string }
  /** A call of a tool that says nothing of its needs. `text` is its arguments as JSON. */
  | { readonly kind: "call"; readonly text: string }

/** What a call needs, and what makes it one to ask for. */
export interface Needs {
  readonly needs: ReadonlyArray<Need>
  /** Why only a rule that allows all of a kind covers it: parts that are not known before it runs. */
  readonly opaque: ReadonlyArray<string>
  /** Why it is asked for whatever rules say. */
  readonly always: ReadonlyArray<string>
}

/** A command longer than this is always asked for, in characters. */
export const LONGEST_COMMAND = 10_000

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "zsh", "ksh", "ash"])

/** The script that a command hands to a shell, if it is written out. */
const innerScript = ([program, ...rest]: ReadonlyArray<Word>): string | undefined => {
  if (program === "eval") return rest.includes(undefined) ? undefined : rest.join(" ")
  if (program === undefined || !SHELLS.has(program)) return undefined
  const at = rest.findIndex((word) => word !== undefined && /^-[a-z]*c$/.test(word))
  return at === -1 ? undefined : rest[at + 1]
}

/** Places that anything may use. */
const FREE = /^\/dev\/(null|zero|stdin|stdout|stderr|tty|urandom|random|fd\/\d+)$/

/** A word, or the value of an option, that is a path out of the folder a command runs in, or one that may be protected. */
const pathIn = (word: Word): string | undefined => {
  const value = word?.replace(/^--?[A-Za-z][A-Za-z-]*=/, "")
  return value === undefined || value === "" || value.startsWith("-") || /^[a-z]+:\/\//.test(value) ? undefined : value
}

const MAX_DEPTH = 4

/** A path as it is meant in a folder, or in each where a command may be in several. */
const inFolders = (path: string, folders: ReadonlyArray<string>): ReadonlyArray<string> =>
  path.startsWith("/") || /^~(\/|$)/.test(path)
    ? [path]
    : folders.map((folder) => folder === "." ? path : `${folder}/${path}`)

/** The folders that a script is in: the first one, and where its `cd`s lead, one after the other. */
const foldersOf = ({ commands }: Script, first: string): ReadonlyArray<string> => {
  const folders = [first]
  for (const { words: [program, target = "~"] } of commands) {
    if (program === "cd" || program === "pushd") folders.push(...inFolders(target, folders.slice(-1)))
  }
  return folders
}

const ofScript = (script: Script, depth: number, first: string): Effect.Effect<Needs> =>
  Effect.gen(function*() {
    const needs: Array<Need> = []
    const opaque = new Set(script.opaque)
    const always = new Set<string>()
    const folders = foldersOf(script, first)
    const files = (kind: "read" | "write", path: string) =>
      needs.push(...inFolders(path, folders).map((one) => ({ kind, path: one })))
    const add = (more: Needs) => {
      needs.push(...more.needs)
      for (const reason of more.opaque) opaque.add(reason)
      for (const reason of more.always) always.add(reason)
    }
    for (const command of script.commands.flatMap((one) => peel(one)).flatMap(withFound)) {
      const { appended, command: { text, words } } = command
      const reason = catastrophe(command.command)
      if (reason !== undefined) always.add(reason)
      const inner = innerScript(words)
      if (inner !== undefined && depth < MAX_DEPTH) {
        add(yield* ofScript(yield* readScript(inner), depth + 1, folders.at(-1) ?? first))
        continue
      }
      if (inner !== undefined) opaque.add("commands inside commands")
      if (words.length === 0) continue
      needs.push({ kind: "run", words, open: appended, text })
      for (const word of words.slice(1)) {
        const path = pathIn(word)
        if (path !== undefined && !FREE.test(path)) files("read", path)
      }
    }
    for (const { access, path } of script.redirects) {
      const reason = access === "write" ? catastrophicRedirect(path) : undefined
      if (reason !== undefined) always.add(reason)
      if (path === undefined) opaque.add("a redirect to a file that is not known")
      else if (!FREE.test(path)) files(access, path)
    }
    return { needs, opaque: [...opaque], always: [...always] }
  })

/** `find` starts commands of its own. */
const withFound = (
  peeled: { readonly command: SubCommand; readonly appended: boolean }
): ReadonlyArray<typeof peeled> => {
  const { words } = peeled.command
  if (words[0] !== "find") return [peeled]
  const at = words.findIndex((word) => word === "-exec" || word === "-execdir" || word === "-ok" || word === "-okdir")
  if (at === -1) return [peeled]
  return [peeled, ...peel({ ...peeled.command, words: words.slice(at + 1) }, true)]
}

/** What a shell command needs that starts in `folder`, by default the project's root. */
export const needsOfCommand = Effect.fn("Permissions.needsOfCommand")(function*(command: string, folder = ".") {
  if (command.length > LONGEST_COMMAND) {
    const needs: Needs = {
      needs: [{ kind: "run", words: [undefined], open: true, text: command }],
      opaque: [],
      always: [`it is longer than ${LONGEST_COMMAND} characters`]
    }
    return needs
  }
  return yield* ofScript(yield* readScript(command), 0, folder)
})
