import type { Rule } from "./Rule.ts"
import { prefixOf } from "./bash/Arity.ts"
import { literalPath, literalWords } from "./Patterns.ts"
import type { Decision } from "./RuleSet.ts"

/** Rules that the human may make at a waiting call, and exactly what they allow, in words. */
export interface Grant {
  readonly rules: ReadonlyArray<Rule>
  readonly label: string
}

/** A longer label could not be shown in full, so no such grant is offered. */
const LONGEST_LABEL = 120
const MOST_RULES = 3
const UNSEEN = /[^\P{C}]|[\u2028\u2029]/u

interface Part {
  readonly rule: Rule
  readonly label: string
}

const partOf = (tool: string, { need }: Decision): Part | undefined => {
  switch (need.kind) {
    case "run": {
      const words = need.words.filter((word) => word !== undefined)
      if (words.length < need.words.length) return undefined
      const prefix = prefixOf(words)
      if (prefix !== undefined) {
        const text = literalWords(prefix)
        return {
          rule: { tool: "*", kind: "run", pattern: `${text} *`, effect: "allow" },
          label: `commands beginning with ${text}`
        }
      }
      if (need.open) return undefined
      const text = literalWords(words)
      return { rule: { tool: "*", kind: "run", pattern: text, effect: "allow" }, label: `the very command ${text}` }
    }
    case "read":
    case "write": {
      const { absolute, inside } = need.path
      const shown = inside ?? absolute
      return {
        rule: { tool: "*", kind: need.kind, pattern: literalPath(shown === "" ? "." : shown), effect: "allow" },
        label: `${need.kind === "read" ? "reading" : "changing"} ${shown === "" ? "the project" : shown}`
      }
    }
    case "net":
      return { rule: { tool: "*", kind: "net", pattern: need.host, effect: "allow" }, label: `the host ${need.host}` }
    case "call":
      return { rule: { tool, effect: "allow" }, label: `every call of ${tool}` }
  }
}

/**
 * The grant that would let such a call run from now on, or undefined where none can be shown in full. It allows what its label
 * says and no more.
 */
export const grantOf = (tool: string, asked: ReadonlyArray<Decision>): Grant | undefined => {
  const parts = asked.map((decision) => partOf(tool, decision))
  const known = parts.filter((part) => part !== undefined)
  const distinct = [...new Map(known.map((part) => [part.label, part])).values()]
  const label = distinct.map((part) => part.label).join("; ")
  const fits = known.length === parts.length && distinct.length > 0 && distinct.length <= MOST_RULES
    && label.length <= LONGEST_LABEL && !UNSEEN.test(label)
  return fits ? { rules: distinct.map(({ rule }) => rule), label } : undefined
}
