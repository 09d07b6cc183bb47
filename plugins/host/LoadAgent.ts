import * as Effect from "effect/Effect"
import { pathToFileURL } from "node:url"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import type { ConfigError } from "../../core/config/Decode.ts"
import { configError } from "../../core/config/Decode.ts"
import type { Agent } from "../../core/defineAgent.ts"
import { isAgent } from "../../core/defineAgent.ts"
import { messageOf } from "../../core/MessageOf.ts"
import { installHooks, TRANSPILE } from "./Hooks.ts"
import { ownSpecifiers } from "./Specifiers.ts"

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""

/** Deno adds a hint and a coloured place on further lines. */
const firstLine = (error: unknown): string => {
  const message = messageOf(error)
  return message.split("\n")[0]?.replace(/^SyntaxError: /, "").trim() ?? message
}

/** Where in the agent's own file it happened, as `:line:column`, from the stack or Deno's message. */
const placeIn = (file: string, error: unknown): string => {
  const text = error instanceof Error ? `${error.stack ?? ""}\n${error.message}` : ""
  const at = text.indexOf(`${file}:`) === -1 ? text.indexOf(`${file}?`) : text.indexOf(`${file}:`)
  return at === -1 ? "" : /^(?:\?[^:\s]*)?(:\d+:\d+)/.exec(text.slice(at + file.length))?.[1] ?? ""
}

const MISSING = /^Cannot find (?:package|module) '([^']+)'|^Import "([^"]+)" not a dep|^Module not found "([^"]+)"/

const explainMissing = (file: string, name: string): string => {
  if (/^continualcode(\/|$)/.test(name)) {
    const known = ownSpecifiers()
    return `${file} imports ${name}, which does not exist.${didYouMean(name, known)} There are: ${known.join(", ")}.`
  }
  return /^[./]|^file:/.test(name)
    ? `${file} imports ${name}, which does not exist. Check the path; it needs its file extension.`
    : `${file} imports ${name}, which is not installed for it. Install it there: npm install ${name}`
}

const unusable = (problem: string, cause?: unknown): ConfigError => configError(problem, { reason: "AgentFile", cause })

const explain = (file: string, error: unknown): ConfigError => {
  const message = firstLine(error)
  const [, ...names] = MISSING.exec(message) ?? []
  const missing = names.find((name) => name !== undefined)
  if (missing !== undefined) return unusable(explainMissing(file, missing), error)
  const syntax = error instanceof SyntaxError || codeOf(error).includes("TYPESCRIPT_SYNTAX")
    || (error instanceof Error && error.message.startsWith("SyntaxError: "))
  const what = syntax ? "is not valid TypeScript" : "stopped with an error"
  return unusable(`${file}${placeIn(file, error)} ${what}: ${message}`, error)
}

const importFile = (url: string): Effect.Effect<{ readonly default?: unknown }, unknown> =>
  Effect.tryPromise({ try: () => import(url), catch: (error) => error })

/**
 * Runs an agent file (absolute path) and takes its default export. It is code: it may do whatever the user may do. Every
 * failure is a `ConfigError` in the user's words.
 */
export const loadAgent = Effect.fnUntraced(function*(file: string): Effect.fn.Return<Agent, ConfigError> {
  installHooks()
  const url = pathToFileURL(file).href
  const loaded = yield* importFile(url).pipe(
    Effect.catch((error) =>
      codeOf(error) === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX" ? importFile(`${url}?${TRANSPILE}`) : Effect.fail(error)
    ),
    Effect.mapError((error) => explain(file, error))
  )
  if (isAgent(loaded.default)) return loaded.default
  return yield* unusable(
    `${file} must have a default export made by defineAgent: export default defineAgent({ … }). `
      + (loaded.default === undefined ? "It has no default export." : "Its default export is something else.")
  )
})
