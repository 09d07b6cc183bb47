const protectedFolders: ReadonlyMap<string, string> = new Map([
  [".git", "git's own data"],
  [".continualcode", "the agent's own state"]
])

const keyNames: ReadonlySet<string> = new Set([".netrc", ".pgpass", ".git-credentials"])
const keyEndings = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"]
const privateKey = /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/

/**
 * Why a path (components relative to the workspace root) is closed to writing, or undefined when it is open. Letter case
 * is ignored, because some file systems ignore it.
 */
export const protectedReason = (components: ReadonlyArray<string>): string | undefined => {
  const lower = components.map((component) => component.toLowerCase())
  for (const component of lower) {
    const folder = protectedFolders.get(component)
    if (folder !== undefined) return `${component} is ${folder}`
  }
  const name = lower.at(-1) ?? ""
  if (name.startsWith(".env")) return "it holds environment secrets"
  if (keyNames.has(name) || privateKey.test(name) || keyEndings.some((ending) => name.endsWith(ending))) {
    return "it is a key or credentials file"
  }
  return undefined
}
