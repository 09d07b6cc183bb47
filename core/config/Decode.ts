import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Struct from "effect/Struct"
import { WRONG_INPUT } from "../ExitCodes.ts"
import { didYouMean } from "./DidYouMean.ts"
import { settingKeys, Settings } from "./Settings.ts"

/**
 * What the person asked for cannot be done as it is written. Each problem is a sentence that says what is allowed.
 *
 * - `Setting`: a key or its value; `AgentFile`: an agent.ts that does not load; `Request`: anything else that was asked for;
 * - `Files`: a file or folder of ours that cannot be read or written.
 */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  reason: Schema.Literals(["Setting", "AgentFile", "Request", "Files"]),
  problems: Schema.NonEmptyArray(Schema.String),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get [Runtime.errorExitCode](): number {
    return WRONG_INPUT
  }

  override get message() {
    return this.problems.join("\n")
  }
}

/** One problem; the second argument says where that is another reason than what was asked for, and what it came from. */
export const configError = (
  problem: string,
  { cause, reason = "Request" }: { readonly reason?: ConfigError["reason"]; readonly cause?: unknown } = {}
): ConfigError => new ConfigError({ reason, problems: [problem], ...(cause === undefined ? {} : { cause }) })

const Partial = Settings.mapFields(Struct.map(Schema.optionalKey))
type GivenSettings = typeof Partial.Type
const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const written = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value) ?? String(value)

const allowed = (message: string): string => {
  const what = message.replace(/^Expected /, "").replace("a string representing ", "")
  if (/^"[^"]*"(?: \| "[^"]*")*$/.test(what)) return what.replaceAll("\"", "").replaceAll(" | ", " or ")
  return what === "a value with a length of at least 1" ? "some text" : what
}

const decoder = (schema: Schema.ConstraintDecoder<GivenSettings>) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
  return (input: Readonly<Record<string, unknown>>, source: string): Result.Result<GivenSettings, ConfigError> => {
    const decoded = decode(input)
    if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
    const problems = formatIssues(decoded.failure.issue).issues.map(({ message, path }) => {
      const key = String(path?.[0] ?? "")
      if (!settingKeys.some((known) => known === key)) {
        return `${source}unknown setting ${key}.${didYouMean(key, settingKeys)} continualcode --help lists all.`
      }
      return `${source}${key}=${written(input[key])} is not allowed: expected ${allowed(message)}.`
    })
    const [first, ...others] = [...new Set(problems)]
    return Result.fail(new ConfigError({ reason: "Setting", problems: [first ?? `${source}not usable.`, ...others] }))
  }
}

const decodeStrings = decoder(Schema.toCodecStringTree(Partial))
const decodeValues = decoder(Partial)

/** Decodes `key=value` arguments, values still text. Of a repeated key the last one counts. */
export const decodeKeys = (args: ReadonlyArray<string>): Effect.Effect<GivenSettings, ConfigError> => {
  const pairs = new Map<string, string>()
  for (const arg of args) {
    const at = arg.indexOf("=")
    if (at < 1) {
      return Effect.fail(configError(
        `${
          JSON.stringify(arg)
        } is not an argument. Write settings as key=value; a task goes with -p "…". --help lists all.`
      ))
    }
    pairs.set(arg.slice(0, at), arg.slice(at + 1))
  }
  return Effect.fromResult(decodeStrings(Object.fromEntries(pairs), ""))
}

/** Checks the `settings` of an agent.ts. */
export const decodeSettings = (
  settings: Readonly<Record<string, unknown>>
): Effect.Effect<GivenSettings, ConfigError> => Effect.fromResult(decodeValues(settings, "agent.ts: "))
