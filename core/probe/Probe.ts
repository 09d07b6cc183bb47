import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ConfigError } from "../config/Decode.ts"
import { configError } from "../config/Decode.ts"
import { spacedJson } from "../prompt/ToolCallText.ts"
import { callOf, type Said } from "../Turn.ts"

/** The source of a regular expression with the flag u. */
export const RegularExpression = Schema.String.check(
  Schema.makeFilter((source) => {
    try {
      return new RegExp(source, "u") instanceof RegExp
    } catch {
      return "a pattern must be a regular expression"
    }
  })
)

/** Which calls are meant: by tool, by a regular expression on the arguments as JSON (`{"command": "npm test"}`), or both. */
export const CallPattern = Schema.Struct({
  tool: Schema.optionalKey(Schema.NonEmptyString),
  pattern: Schema.optionalKey(RegularExpression)
})
export type CallPattern = typeof CallPattern.Type

/** A question of the project's own: a task in a fresh conversation, and what the first call must or must not be. */
export const Probe = Schema.Struct({
  id: Schema.optionalKey(Schema.NonEmptyString),
  task: Schema.NonEmptyString,
  forbid: Schema.optionalKey(CallPattern),
  want: Schema.optionalKey(CallPattern)
}).check(
  Schema.makeFilter((probe) =>
    probe.forbid !== undefined || probe.want !== undefined ||
    "a probe needs forbid or want: what its call must not or must be"
  )
)
export type Probe = typeof Probe.Type

const matches = ({ pattern, tool }: CallPattern, turn: Said): boolean => {
  const call = callOf(turn)
  if (call === undefined || (tool !== undefined && tool !== call.tool)) return false
  return pattern === undefined || new RegExp(pattern, "u").test(spacedJson(call.arguments))
}

/** Whether an answer breaks a probe: a forbidden call, or another turn than the wanted call. */
export const isViolated = ({ forbid, want }: Probe, turn: Said): boolean =>
  (forbid !== undefined && matches(forbid, turn)) || (want !== undefined && !matches(want, turn))

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Probe), { onExcessProperty: "error" })

/** Reads probes from a JSONL text: one object a line; blank lines and those that begin with `//` or `#` are skipped. */
export const decodeProbes = (text: string, file: string): Effect.Effect<ReadonlyArray<Probe>, ConfigError> =>
  Effect.forEach(
    text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 })).filter(({ line }) =>
      line !== "" && !line.startsWith("//") && !line.startsWith("#")
    ),
    ({ line, number }) =>
      decode(line).pipe(
        Effect.mapError((cause) =>
          configError(`${file}, line ${number}: ${cause.message.replace(/\s+/g, " ")}. Correct or remove that line.`, {
            reason: "Files",
            cause
          })
        )
      )
  )
