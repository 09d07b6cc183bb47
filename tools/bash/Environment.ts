import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { listed, type PermissionSet, reachOf } from "../../core/permissions/PermissionSet.ts"

/** Nothing here may page, colour, or ask at a terminal that is not there. */
const FIXED = {
  TERM: "dumb",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  CONTINUALCODE: "1"
}

/** What commands get of the agent's own environment without anybody's permission: where things are, and no secrets. */
const PASSED_ON: ReadonlyArray<string> = `
PATH HOME USER LOGNAME SHELL TZ TMPDIR TEMP TMP CI NO_COLOR
LANG LANGUAGE LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_MONETARY LC_NUMERIC LC_TIME
XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR
NVM_DIR NVM_BIN VOLTA_HOME FNM_DIR PNPM_HOME BUN_INSTALL DENO_DIR DENO_INSTALL
VIRTUAL_ENV CONDA_PREFIX PYENV_ROOT UV_CACHE_DIR JAVA_HOME GOPATH GOROOT GOCACHE
CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN GEM_HOME GEM_PATH RBENV_ROOT SDKMAN_DIR NIX_PATH
`.trim().split(/\s+/)

/** The environment of a command: `inherits` when all of the agent's own is allowed, else `env` is the whole of it. */
export const commandEnvironment = Effect.fnUntraced(function*(
  permissions: PermissionSet,
  mark: Readonly<Record<string, string>>
) {
  const { allow, deny } = reachOf(permissions.env, [])
  const denied = new Set(listed(deny))
  const names = new Set([...PASSED_ON, ...listed(allow)].filter((name) => deny !== true && !denied.has(name)))
  const found = yield* Effect.forEach(
    names,
    (name) => Effect.map(Effect.option(Config.NonEmptyString(name)), Option.map((value) => [name, value] as const))
  )
  const env = { ...Object.fromEntries(found.flatMap(Option.toArray)), ...FIXED, ...mark }
  return { inherits: allow === true && denied.size === 0 && deny !== true, env }
})
