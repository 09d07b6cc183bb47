import * as Schema from "effect/Schema"

/** All of a kind, none of it, or what is listed. */
export const Extent = Schema.Union([Schema.Boolean, Schema.Array(Schema.NonEmptyString)])
export type Extent = typeof Extent.Type

/** An extent that is allowed, or what is allowed and what is denied of it. What is denied wins. */
export const Permission = Schema.Union([
  Extent,
  Schema.Struct({ allow: Schema.optionalKey(Extent), deny: Schema.optionalKey(Extent) })
])
export type Permission = typeof Permission.Type

/**
 * What may be reached, in Deno's words: `read` and `write` list paths, `run` programs or the beginnings of commands, `net`
 * hosts, `env` names of variables. The one vocabulary of agent.ts, flags, rules, runners, plugins and graders.
 */
export const PermissionSet = Schema.Struct({
  read: Schema.optionalKey(Permission),
  write: Schema.optionalKey(Permission),
  run: Schema.optionalKey(Permission),
  net: Schema.optionalKey(Permission),
  env: Schema.optionalKey(Permission)
})
export type PermissionSet = typeof PermissionSet.Type

export type PermissionKind = keyof PermissionSet
export const permissionKinds = ["read", "write", "run", "net", "env"] as const satisfies ReadonlyArray<PermissionKind>

/** A permission with both its halves. */
export interface Reach {
  readonly allow: Extent
  readonly deny: Extent
}

/** The two halves of a permission; `otherwise` is allowed where nothing is said, and nothing is denied. */
export const reachOf = (permission: Permission | undefined, otherwise: Extent): Reach => {
  if (permission === undefined) return { allow: otherwise, deny: false }
  if (typeof permission === "object" && !isList(permission)) {
    return { allow: permission.allow ?? otherwise, deny: permission.deny ?? false }
  }
  return { allow: permission, deny: false }
}

const isList = (permission: Permission): permission is ReadonlyArray<string> => Array.isArray(permission)

/** What an extent lists; nothing for all and none. */
export const listed = (extent: Extent): ReadonlyArray<string> => typeof extent === "boolean" ? [] : extent

/** Whether all of the network is allowed. Where hosts cannot be told apart, a list of some means none. */
export const sharesNetwork = ({ net }: PermissionSet): boolean => {
  const { allow, deny } = reachOf(net, false)
  return allow === true && deny === false
}
