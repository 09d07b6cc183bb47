/**
 * How many words of a command say what it does. The beginning with the most words counts: `npm run build` is three words,
 * `npm install` two. What is not listed is one word.
 */
const ARITY: Readonly<Record<string, number>> = {
  apt: 2,
  "apt-get": 2,
  aws: 3,
  az: 3,
  brew: 2,
  bun: 2,
  "bun run": 3,
  bundle: 2,
  "bundle exec": 3,
  cargo: 2,
  composer: 2,
  conda: 2,
  corepack: 3,
  deno: 2,
  "deno task": 3,
  docker: 2,
  "docker compose": 3,
  dotnet: 2,
  gcloud: 3,
  gh: 3,
  git: 2,
  "git bisect": 3,
  "git config": 3,
  "git remote": 3,
  "git stash": 3,
  "git submodule": 3,
  "git worktree": 3,
  go: 2,
  gradle: 2,
  "./gradlew": 2,
  helm: 2,
  just: 2,
  kubectl: 2,
  make: 2,
  mix: 2,
  mvn: 2,
  npm: 2,
  "npm exec": 3,
  "npm run": 3,
  npx: 2,
  nx: 2,
  pip: 2,
  pip3: 2,
  pipx: 2,
  pnpm: 2,
  "pnpm exec": 3,
  "pnpm run": 3,
  poetry: 2,
  "poetry run": 3,
  "python -m": 3,
  "python3 -m": 3,
  rails: 2,
  rake: 2,
  rustup: 2,
  swift: 2,
  systemctl: 2,
  task: 2,
  terraform: 2,
  turbo: 2,
  uv: 2,
  "uv pip": 3,
  "uv run": 3,
  yarn: 2,
  "yarn run": 3,
  zig: 2
}

/** Programs that do whatever their words say, or that destroy: only the very command may be granted. */
const ONLY_EXACT: ReadonlySet<string> = new Set(
  ("ash bash csh dash fish ksh pwsh sh tcsh zsh eval source . exec awk bun deno gawk lua node nodejs osascript perl php "
    + "python python2 python3 ruby sed tclsh chmod chown dd find kill killall mkfs mv pkill rm rmdir shred truncate unlink "
    + "curl ftp nc ncat rsync scp sftp socat ssh telnet wget chroot doas env parallel su sudo tee unshare watch xargs")
    .split(" ")
)

/** Beginnings that say too little of what is run: to grant one would grant everything. */
const SAY_TOO_LITTLE: ReadonlySet<string> = new Set(["docker exec", "docker run", "git config", "pnpm dlx", "yarn dlx"])

/**
 * The beginning of a command that says what it does, for a grant of all commands that begin so; undefined when only the
 * very command should be granted.
 */
export const prefixOf = (words: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  const beginnings = [3, 2, 1].map((length) => words.slice(0, length).join(" "))
  const listed = beginnings.map((beginning) => Object.hasOwn(ARITY, beginning) ? ARITY[beginning] : undefined)
  const count = listed.find((arity) => arity !== undefined) ?? 1
  const [program = ""] = words
  if (ONLY_EXACT.has(program) && count < 3) return undefined
  const prefix = words.slice(0, count)
  const first = prefix.slice(0, 2).join(" ")
  if (prefix.length < count || prefix.slice(1).some((word) => word.startsWith("-") && word !== "-m")) return undefined
  if (SAY_TOO_LITTLE.has(first)) return undefined
  return prefix
}
