import { type Extent, listed, type Permission, type PermissionSet, reachOf } from "./PermissionSet.ts"
import { type PathGround, plainPath } from "./Patterns.ts"
import type { PlacedRule } from "./Rule.ts"

const both = (a: Extent, b: Extent): Extent => {
  if (a === true || b === true) return true
  const all = [...new Set([...listed(a), ...listed(b)])]
  return all.length === 0 ? false : all
}

/** Two permissions of one kind together: what either allows, but for what either denies. */
export const merged = (a: Permission | undefined, b: Permission | undefined): Permission | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  const [one, other] = [reachOf(a, false), reachOf(b, false)]
  return { allow: both(one.allow, other.allow), deny: both(one.deny, other.deny) }
}

/** What rules grant to all commands of a kind, the last word of each counting. */
const granted = (rules: ReadonlyArray<PlacedRule>, kind: "write" | "net"): Permission => {
  let all = false
  const allow = new Set<string>()
  const deny = new Set<string>()
  for (const { rule: { effect, kind: about, pattern, tool } } of rules) {
    if (about !== kind || tool !== "*") continue
    if (pattern === undefined) {
      all = effect === "allow"
      allow.clear()
      deny.clear()
    } else if (effect === "allow") {
      allow.add(pattern)
      deny.delete(pattern)
    } else {
      deny.add(pattern)
      allow.delete(pattern)
    }
  }
  return { allow: all || [...allow], deny: [...deny] }
}

/** The network as rules grant it to commands. A rule that denies a host leaves no network where hosts cannot be told apart. */
export const grantedNet = (rules: ReadonlyArray<PlacedRule>): NonNullable<PermissionSet["net"]> => {
  const { allow, deny } = reachOf(granted(rules, "net"), false)
  return listed(deny).length === 0 ? allow : { allow, deny }
}

/** Folders and files that rules let commands write, absolute, beside the project; true for all. Patterns are left out. */
export const grantedWrites = (
  rules: ReadonlyArray<PlacedRule>,
  ground: PathGround
): { readonly allow: true | ReadonlyArray<string>; readonly deny: ReadonlyArray<string> } => {
  const { allow, deny } = reachOf(granted(rules, "write"), false)
  const paths = (extent: Extent) =>
    listed(extent).flatMap((pattern) => {
      const path = plainPath(pattern, ground)
      return path === undefined ? [] : [path]
    })
  return { allow: allow === true || paths(allow), deny: paths(deny) }
}
