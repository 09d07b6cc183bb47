import type { ConfigError } from "../../core/config/Decode.ts"
import { configError } from "../../core/config/Decode.ts"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import {
  type Extent,
  type PermissionKind,
  permissionKinds,
  type PermissionSet,
  type Reach,
  reachOf
} from "../../core/permissions/PermissionSet.ts"

/** The permission flags, for help and for what is not one. */
export const permissionFlags: ReadonlyArray<string> = permissionKinds.flatMap((kind) => [
  `--allow-${kind}`,
  `--deny-${kind}`
])

const FLAG = /^--(allow|deny)-([a-z-]*)(?:=([\s\S]*))?$/

const more = (before: Extent, given: string | undefined): Extent => {
  if (given === undefined || before === true) return true
  return [...(before === false ? [] : before), ...given.split(",").map((one) => one.trim()).filter((one) => one !== "")]
}

/**
 * Takes permission flags, in the manner of Deno, out of the arguments: `--allow-read` allows all, `--allow-read=a,b` the
 * listed; `--deny-…` likewise. A flag given twice adds up. What follows `--` is left alone.
 */
export const takePermissionFlags = (
  argv: ReadonlyArray<string>
): { readonly rest: ReadonlyArray<string>; readonly permissions: PermissionSet } | ConfigError => {
  const permissions: { -readonly [Kind in PermissionKind]?: Reach } = {}
  const end = argv.indexOf("--")
  const flags = end === -1 ? argv : argv.slice(0, end)
  const rest: Array<string> = []
  for (const argument of flags) {
    const [, verb, name = "", given] = FLAG.exec(argument) ?? []
    if (verb === undefined) {
      rest.push(argument)
      continue
    }
    const kind = permissionKinds.find((one) => one === name)
    if (kind === undefined) {
      const flag = argument.replace(/=[\s\S]*/, "")
      return configError(
        `unknown flag ${flag}.${didYouMean(flag, permissionFlags)} Permission flags: ${permissionFlags.join(", ")}.`
      )
    }
    if (given?.trim() === "") {
      return configError(`--${verb}-${kind}= lists nothing. Write --${verb}-${kind} for all, or --${verb}-${kind}=a,b.`)
    }
    const { allow, deny } = reachOf(permissions[kind], false)
    permissions[kind] = verb === "allow" ? { allow: more(allow, given), deny } : { allow, deny: more(deny, given) }
  }
  return { rest: end === -1 ? rest : [...rest, ...argv.slice(end)], permissions }
}
