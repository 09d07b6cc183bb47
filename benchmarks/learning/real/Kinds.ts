import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { RegularExpression } from "../../../core/probe/Probe.ts"
import { callOf, type Said } from "../../../core/Turn.ts"

/** What does as the person asked: an answer in words, or a call whose tool and arguments match. */
const Wanted = Schema.Union([
  Schema.Literal("words"),
  Schema.Struct({
    tool: RegularExpression,
    command: Schema.optionalKey(RegularExpression),
    path: Schema.optionalKey(RegularExpression)
  })
])
type Wanted = typeof Wanted.Type

/** One kind of correction: the tasks that are taught, each with what the person says, and those that are only asked. */
export const Kind = Schema.Struct({
  id: Schema.NonEmptyString,
  workspace: Schema.NonEmptyString,
  tasks: Schema.NonEmptyArray(Schema.NonEmptyString),
  corrections: Schema.NonEmptyArray(Schema.NonEmptyString),
  wanted: Wanted,
  heldOut: Schema.NonEmptyArray(Schema.NonEmptyString)
})
export type Kind = typeof Kind.Type

/** Defaults are chosen on the kinds for tuning and never on those that are reported. */
export const KindSet = Schema.Struct({
  about: Schema.NonEmptyString,
  workspaces: Schema.Record(Schema.NonEmptyString, Schema.Record(Schema.NonEmptyString, Schema.String)),
  reported: Schema.NonEmptyArray(Kind),
  tuning: Schema.NonEmptyArray(Kind),
  /** Tasks that no kind is about. */
  unrelated: Schema.NonEmptyArray(Schema.NonEmptyString)
})
export type KindSet = typeof KindSet.Type

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(KindSet), { onExcessProperty: "error" })

export const loadKinds = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  return yield* decode(yield* fs.readFileString(`${import.meta.dirname}/kinds.json`))
})

/** Whether a turn does as the person of a kind asked. */
export const isWanted = ({ wanted }: Pick<Kind, "wanted">, turn: Said): boolean => {
  if (wanted === "words") return turn.parsed._tag === "Words" && turn.parsed.text !== ""
  const call = callOf(turn)
  if (call === undefined || !new RegExp(`^(?:${wanted.tool})$`, "u").test(call.tool)) return false
  return (["command", "path"] as const).every((name) => {
    const [pattern, value] = [wanted[name], call.arguments[name]]
    return pattern === undefined || typeof value === "string" && new RegExp(pattern, "u").test(value)
  })
}
