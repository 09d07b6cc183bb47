import * as Schema from "effect/Schema"

/** `ask`: the human decides. `deny`: it does not run, and the model is told why. */
export const RuleEffect = Schema.Literals(["allow", "ask", "deny"])
export type RuleEffect = typeof RuleEffect.Type

/** What of a call a rule is about. */
export const RuleKind = Schema.Literals(["read", "write", "run", "net"])
export type RuleKind = typeof RuleKind.Type

const annotated = <S extends Schema.Top>(schema: S, description: string): S["Rebuild"] =>
  schema.annotate({ description })

/** One rule about calls. Of the rules that match, the last one counts. */
export const Rule = Schema.Struct({
  tool: annotated(Schema.NonEmptyString, "name of a tool, or * for every one"),
  kind: Schema.optionalKey(
    annotated(RuleKind, "what of a call it is about; all of it when left out")
  ),
  pattern: Schema.optionalKey(annotated(
    Schema.NonEmptyString,
    "a path with all below it, or a pattern such as src/**/*.ts; words of a command, * as the last for any further ones; "
      + "a host; @secret, @runs or @state for protected places"
  )),
  effect: RuleEffect,
  reason: Schema.optionalKey(
    annotated(Schema.NonEmptyString, "shown to the human, and to the model when it is denied")
  ),
  examples: Schema.optionalKey(annotated(
    Schema.Struct({
      match: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
      other: Schema.optionalKey(Schema.Array(Schema.NonEmptyString))
    }),
    "paths, commands or hosts that the pattern must match, and others that it must not; checked when the rule is read"
  ))
})
export type Rule = typeof Rule.Type

/** Where a rule comes from; later ones count before earlier ones. */
export const ruleScopes = ["default", "project", "user", "saved", "flag", "session"] as const
export type RuleScope = typeof ruleScopes[number]

/** A rule and where it comes from. `number` is what the human calls it by. */
export interface PlacedRule {
  readonly number: number
  readonly scope: RuleScope
  readonly rule: Rule
}
