import { posix } from "node:path"
import type { ConfigError } from "../config/Decode.ts"
import { configError } from "../config/Decode.ts"
import type { FileNeed, Need } from "./Needs.ts"
import {
  matchesHost,
  matchesPath,
  matchesWords,
  namesProtected,
  type PathGround,
  type PlacedPath,
  protectionAt
} from "./Patterns.ts"
import type { PlacedRule, Rule, RuleEffect } from "./Rule.ts"

/** A need whose file, if it has one, is known for what it is. */
export type PlacedNeed =
  | Exclude<Need, FileNeed>
  | { readonly kind: "read" | "write"; readonly path: PlacedPath }

/** What the rules say of one need, and which of them did. */
export interface Decision {
  readonly need: PlacedNeed
  readonly effect: RuleEffect
  readonly by: PlacedRule | undefined
  readonly reason: string | undefined
}

const matchesNeed = (rule: Rule, need: PlacedNeed, ground: PathGround): boolean => {
  if (rule.kind !== undefined && rule.kind !== need.kind) return false
  const { pattern } = rule
  if (pattern === undefined) return true
  switch (need.kind) {
    case "run":
      return matchesWords(pattern, need.words, need.open)
    case "net":
      return matchesHost(pattern, need.host)
    case "call":
      return false
    default:
      return matchesPath(pattern, need.path, ground)
  }
}

/** Protected against this need: secrets against both, the rest only against change. */
const protectedFrom = (need: PlacedNeed) => {
  if (need.kind !== "read" && need.kind !== "write") return undefined
  const protection = protectionAt(need.path)
  return need.kind === "write" || protection?.kind === "secret" ? protection : undefined
}

const severity: Readonly<Record<RuleEffect, number>> = { allow: 0, ask: 1, deny: 2 }

/** The stricter of two effects. */
export const stricter = (a: RuleEffect, b: RuleEffect): RuleEffect => severity[a] >= severity[b] ? a : b

/**
 * What the rules say of one need of a tool's call. The last rule that matches counts, but the project cannot relax what the
 * user's own rules say, and only a rule that names a protected place allows anything there.
 */
export const decide = (
  rules: ReadonlyArray<PlacedRule>,
  tool: string,
  need: PlacedNeed,
  ground: PathGround
): Decision => {
  const protection = protectedFrom(need)
  const matching = rules.filter(({ rule }) =>
    (rule.tool === "*" || rule.tool === tool) && matchesNeed(rule, need, ground)
    && (protection === undefined || rule.effect !== "allow" || namesProtected(rule.pattern))
  )
  const by = matching.at(-1)
  const effect = by?.rule.effect ?? "ask"
  const reason = protection !== undefined && effect === "ask" ? protection.reason : by?.rule.reason
  return { need, effect, by, reason }
}

/**
 * Puts the rules of all scopes in order and numbers them. The project's stand before the user's own, so that these have the
 * last word.
 */
export const placeRules = (
  scopes: ReadonlyArray<readonly [PlacedRule["scope"], ReadonlyArray<Rule>]>
): ReadonlyArray<PlacedRule> =>
  scopes.flatMap(([scope, rules]) => rules.map((rule) => ({ scope, rule }))).map((placed, index) => ({
    number: index + 1,
    ...placed
  }))

/** A rule in a few words, as `/permissions` shows it. */
export const ruleText = ({ effect, kind, pattern, tool }: Rule): string =>
  [effect, tool === "*" ? kind ?? "everything" : [tool, kind].filter(Boolean).join(" "), pattern].filter(Boolean).join(
    " "
  )

/** An example as a need of every kind that it could be one of. */
const readings = (rule: Rule, example: string, ground: PathGround): ReadonlyArray<PlacedNeed> => {
  const absolute = posix.resolve(ground.root, example)
  const inside = absolute.startsWith(`${ground.root}/`) ? absolute.slice(ground.root.length + 1) : undefined
  const all: ReadonlyArray<PlacedNeed> = [
    { kind: "read", path: { absolute, inside } },
    { kind: "write", path: { absolute, inside } },
    { kind: "run", words: example.split(/\s+/), open: false, text: example },
    { kind: "net", host: example }
  ]
  return rule.kind === undefined ? all : all.filter(({ kind }) => kind === rule.kind)
}

/** What is wrong with a rule's examples, or undefined. */
export const ruleProblem = (rule: Rule, source: string, ground: PathGround): ConfigError | undefined => {
  const hits = (example: string) => readings(rule, example, ground).some((need) => matchesNeed(rule, need, ground))
  const missed = rule.examples?.match?.find((example) => !hits(example))
  const caught = rule.examples?.other?.find(hits)
  const wrong = (sentence: string) =>
    configError(`${source}: the rule "${ruleText(rule)}" ${sentence}. Correct its pattern or its examples.`)
  if (missed !== undefined) return wrong(`does not match its example ${missed}`)
  return caught === undefined ? undefined : wrong(`matches ${caught}, which it says it must not`)
}
