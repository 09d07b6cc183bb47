/** What is done with a protected place when no rule says otherwise. */
export interface Protection {
  /** `state` may not be changed at all by the agent; the others are asked for. */
  readonly kind: "state" | "secret" | "runs"
  readonly reason: string
}

const git: Protection = { kind: "state", reason: ".git is git's own data" }
const own: Protection = { kind: "state", reason: ".continualcode is the agent's own state" }
const environment: Protection = { kind: "secret", reason: "it holds environment secrets" }
const credentials: Protection = { kind: "secret", reason: "it is a key or credentials file" }
const hook: Protection = { kind: "runs", reason: "programs run what it holds without asking" }
const agentFile: Protection = { kind: "runs", reason: "continualcode runs it at its next start" }

const folders: ReadonlyMap<string, Protection> = new Map([
  [".git", git],
  [".continualcode", own],
  [".ssh", credentials],
  [".aws", credentials],
  [".gnupg", credentials],
  [".azure", credentials],
  [".kube", credentials],
  [".husky", hook],
  [".githooks", hook],
  [".git-hooks", hook]
])

const names: ReadonlyMap<string, Protection> = new Map([
  [".netrc", credentials],
  [".pgpass", credentials],
  [".git-credentials", credentials],
  [".npmrc", credentials],
  [".yarnrc", credentials],
  [".yarnrc.yml", credentials],
  [".pypirc", credentials],
  ["agent.ts", agentFile],
  ["agent.mts", agentFile],
  ["agent.tsx", agentFile],
  ["agent.js", agentFile],
  ["agent.mjs", agentFile],
  ["lefthook.yml", hook],
  [".lefthook.yml", hook],
  [".pre-commit-config.yaml", hook],
  [".envrc", hook],
  [".gitmodules", hook],
  [".bashrc", hook],
  [".bash_profile", hook],
  [".profile", hook],
  [".zshrc", hook],
  [".zprofile", hook]
])

const endings = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"]
const privateKey = /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/

/** Files that show which variables there are, with no values worth hiding. */
const sample = /^\.env\.(example|sample|template|dist|defaults)$/

/**
 * Why a place is protected, or undefined. `components` are the parts of its path below the project, or of all of it. Letter
 * case is ignored, because some file systems ignore it.
 */
export const protectionOf = (components: ReadonlyArray<string>): Protection | undefined => {
  const lower = components.map((component) => component.toLowerCase())
  for (const component of lower) {
    const folder = folders.get(component)
    if (folder !== undefined) return folder
  }
  const name = lower.at(-1) ?? ""
  const named = names.get(name)
  if (named !== undefined) return named
  if (name.startsWith(".env") && !sample.test(name)) return environment
  return privateKey.test(name) || endings.some((ending) => name.endsWith(ending)) ? credentials : undefined
}

/** Places of the home folder that no command may read, relative to it. */
export const HOME_SECRETS: ReadonlyArray<string> = [
  ".ssh",
  ".aws",
  ".azure",
  ".gnupg",
  ".kube",
  ".netrc",
  ".npmrc",
  ".pypirc",
  ".pgpass",
  ".git-credentials",
  ".password-store",
  ".docker/config.json",
  ".config/gh",
  ".config/gcloud",
  ".config/git/credentials",
  ".config/op",
  ".cargo/credentials.toml",
  ".gem/credentials",
  ".mozilla",
  ".config/google-chrome",
  ".config/chromium",
  ".local/share/keyrings",
  "Library/Keychains",
  "Library/Application Support/Google/Chrome",
  "Library/Application Support/Firefox"
]
