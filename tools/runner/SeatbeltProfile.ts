import { listed, type PermissionSet, reachOf, sharesNetwork } from "../../core/permissions/PermissionSet.ts"

/** A string of the profile language. */
const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll("\"", "\\\"")}"`

const under = (paths: ReadonlyArray<string>): string => paths.map((path) => `(subpath ${quoted(path)})`).join(" ")

const rule = (effect: "allow" | "deny", operation: string, paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.length === 0 ? [] : [`(${effect} ${operation} ${under(paths)})`]

/** What programs need to start at all, where not the whole file system is shown. */
const SYSTEM = [
  "/System",
  "/usr",
  "/bin",
  "/sbin",
  "/Library",
  "/private/etc",
  "/private/var/db",
  "/opt/homebrew",
  "/dev"
]

/**
 * The Seatbelt profile for permissions, in Apple's profile language: of the rules that fit an operation the last one counts.
 * `temporary` is a folder that may always be written.
 */
export const seatbeltProfile = (permissions: PermissionSet, temporary: string): string => {
  const read = reachOf(permissions.read, true)
  const write = reachOf(permissions.write, false)
  const readable = listed(read.allow)
  const everything = read.allow === true || readable.includes("/")
  return [
    "(version 1)",
    "(allow default)",
    ...(everything ? [] : [
      "(deny file-read-data)",
      `(allow file-read-data (literal "/") ${under([...SYSTEM, temporary, ...readable, ...listed(write.allow)])})`
    ]),
    ...(write.allow === true ? [] : [
      "(deny file-write*)",
      `(allow file-write* ${under([temporary, ...listed(write.allow)])})`,
      "(allow file-write-data (literal \"/dev/null\") (literal \"/dev/zero\") (literal \"/dev/dtracehelper\") (literal \"/dev/tty\"))"
    ]),
    ...rule("deny", "file-write*", listed(write.deny)),
    ...rule("deny", "file-read* file-write*", listed(read.deny)),
    ...(sharesNetwork(permissions) ? [] : ["(deny network*)"]),
    ""
  ].join("\n")
}
