import type { PermissionSet } from "./PermissionSet.ts"
import { listed, permissionKinds, reachOf } from "./PermissionSet.ts"
import type { Rule, RuleEffect } from "./Rule.ts"

/** What holds where nobody said anything. */
export const defaultRules: ReadonlyArray<Rule> = [
  { tool: "*", effect: "ask", reason: "changes and commands are asked for" },
  {
    tool: "*",
    kind: "read",
    pattern: ".",
    effect: "allow",
    reason: "reading in the project changes nothing",
    examples: { match: ["src/a.js", "README.md"], other: ["/etc/passwd", "../other/a.js"] }
  },
  {
    tool: "*",
    kind: "write",
    pattern: "@state",
    effect: "deny",
    reason: "git's data and the agent's own state are not changed by calls",
    examples: {
      match: [".git/config", "sub/.git/HEAD", ".continualcode/ledger.sqlite"],
      other: [".gitignore", "src/git.ts"]
    }
  }
]

/** A command's beginning as a pattern of all commands that begin so; one that ends in a word `*` is that already. */
const commandsFrom = (beginning: string): string => /(^|\s)\*$/.test(beginning) ? beginning : `${beginning} *`

const ofExtent = (
  kind: "read" | "write" | "run" | "net",
  extent: boolean | ReadonlyArray<string>,
  effect: RuleEffect
): ReadonlyArray<Rule> => {
  if (extent === false) return []
  if (extent === true) return [{ tool: "*", kind, effect }]
  return listed(extent).map((pattern) => ({
    tool: "*",
    kind,
    pattern: kind === "run" ? commandsFrom(pattern.trim()) : pattern,
    effect
  }))
}

/**
 * Permissions as rules: what is allowed, then what is denied of it. `false` denies all of a kind. What `env` says is for
 * runners alone.
 */
export const rulesOf = (permissions: PermissionSet): ReadonlyArray<Rule> =>
  permissionKinds.flatMap((kind) => {
    const permission = permissions[kind]
    if (kind === "env" || permission === undefined) return []
    const { allow, deny } = reachOf(permission, [])
    return [
      ...(allow === false ? ofExtent(kind, true, "deny") : ofExtent(kind, allow, "allow")),
      ...ofExtent(kind, deny, "deny")
    ]
  })
