import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Semaphore from "effect/Semaphore"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { randomBytes } from "node:crypto"
import { messageOf } from "../../core/MessageOf.ts"
import { matchesHost } from "../../core/permissions/Patterns.ts"
import { listed, type PermissionSet, reachOf, sharesNetwork } from "../../core/permissions/PermissionSet.ts"
import { type Ended, Runner, type RunnerCommand, RunnerError } from "../../core/Runner.ts"
import { findRipgrep } from "../search/index.ts"
import { limitedArgv } from "./Limits.ts"
import { refusalOf } from "./Refusal.ts"
import { runWith } from "./Run.ts"
import { temporaryFolder } from "./Temporary.ts"

/** No dependency of ours: it is loaded where it is asked for. */
const PACKAGE: string = "@anthropic-ai/sandbox-runtime"
const NAME = "sandbox-runtime"

interface Files {
  readonly allowRead: ReadonlyArray<string>
  readonly denyRead: ReadonlyArray<string>
  readonly allowWrite: ReadonlyArray<string>
  readonly denyWrite: ReadonlyArray<string>
}

interface Configuration {
  readonly filesystem: Files
  /** Without `allowedDomains` the network is open. */
  readonly network: { readonly allowedDomains?: ReadonlyArray<string>; readonly deniedDomains: ReadonlyArray<string> }
  readonly ripgrep?: { readonly command: string }
}

/** What of the package is used. There is one for the whole process. */
interface Manager {
  checkDependencies(ripgrep?: { readonly command: string }): { readonly errors: ReadonlyArray<string> }
  initialize(configuration: Configuration): Promise<void>
  updateConfig(configuration: Configuration): void
  registerCommandNetworkLists(command: string, lists: { readonly allowedDomains: ReadonlyArray<string> }): void
  wrapWithSandbox(
    command: string,
    shell: string,
    own: { readonly filesystem: Files },
    signal: undefined,
    options: { readonly commandId: string }
  ): Promise<string>
  reset(): Promise<void>
}

const METHODS = [
  "checkDependencies",
  "initialize",
  "updateConfig",
  "registerCommandNetworkLists",
  "wrapWithSandbox",
  "reset"
] as const satisfies ReadonlyArray<keyof Manager>

const isManager = (value: unknown): value is Manager =>
  METHODS.every((name) => Predicate.hasProperty(value, name) && typeof value[name] === "function")

const load = Effect.gen(function*() {
  const module = yield* Effect.tryPromise({
    try: (): Promise<unknown> => import(PACKAGE),
    catch: (cause) =>
      new RunnerError({
        reason: "Missing",
        message:
          `${PACKAGE} is not installed. Install it beside continualcode (npm install ${PACKAGE}) and start again.`,
        cause
      })
  })
  const manager = Predicate.hasProperty(module, "SandboxManager") ? module.SandboxManager : undefined
  if (isManager(manager)) return manager
  return yield* new RunnerError({
    reason: "Unusable",
    message: `This version of ${PACKAGE} is not understood. Install 0.0.83, or choose another with sandbox=auto.`
  })
})

const attempt = <A>(what: string, use: () => Promise<A>) =>
  Effect.tryPromise({
    try: use,
    catch: (cause) =>
      new RunnerError({
        reason: "Unusable",
        message: `${PACKAGE} ${what} (${messageOf(cause)}). Choose another with sandbox=auto.`,
        cause
      })
  })

/** A word of a shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

const filesOf = (permissions: PermissionSet, temporary: string): Files => {
  const read = reachOf(permissions.read, true)
  const write = reachOf(permissions.write, false)
  const readable = listed(read.allow)
  const writable = write.allow === true ? ["/"] : [...listed(write.allow), temporary]
  const everything = read.allow === true || readable.includes("/")
  return {
    allowRead: everything ? [] : [...readable, ...writable],
    denyRead: [...(everything ? [] : ["/home", "/Users", "/root"]), ...listed(read.deny)],
    allowWrite: writable,
    denyWrite: [...listed(write.deny), ...listed(read.deny)]
  }
}

/** Hosts that are allowed, but for patterns that have to do with one that is denied. */
export const hostsOf = (permissions: PermissionSet): ReadonlyArray<string> => {
  const { allow, deny } = reachOf(permissions.net, false)
  const denied = listed(deny)
  return deny === true ?
    [] :
    listed(allow).filter((host) => !denied.some((one) => matchesHost(one, host) || matchesHost(host, one)))
}

const CLOSED: Configuration = {
  filesystem: { allowRead: [], denyRead: [], allowWrite: [], denyWrite: [] },
  network: { allowedDomains: [], deniedDomains: [] }
}
const OPEN: Configuration = { ...CLOSED, network: { deniedDomains: [] } }

/**
 * Contains commands with `@anthropic-ai/sandbox-runtime`, which the user installs: the one that lets commands reach some hosts and
 * not others. Fails where the package, or what it needs on this machine, is not there.
 */
export const sandboxRuntime: Layer.Layer<
  Runner,
  RunnerError,
  FileSystem.FileSystem | ChildProcessSpawner
> = Layer.effect(
  Runner,
  Effect.gen(function*() {
    const manager = yield* load
    const program = yield* findRipgrep
    const ripgrep = program === undefined ? {} : { ripgrep: { command: program } }
    const { errors } = yield* attempt("cannot be used", async () => manager.checkDependencies(ripgrep.ripgrep))
    if (errors.length > 0) {
      return yield* new RunnerError({
        reason: "Unusable",
        message: `${PACKAGE} cannot work on this machine: ${errors.join(", ")}. Install that and start again.`
      })
    }
    const temporary = yield* temporaryFolder
    yield* Effect.acquireRelease(
      attempt("did not start", () => manager.initialize({ ...CLOSED, ...ripgrep })),
      () => Effect.ignore(attempt("did not end", () => manager.reset()))
    )
    // Whether there is a network at all is a setting of the whole process, read when a command is wrapped.
    const one = yield* Semaphore.make(1)

    const contain = Effect.fn("Runner.contain")(function*({ argv, cwd, env, limits, permissions }: RunnerCommand) {
      const commandId = yield* Effect.sync(() => randomBytes(16).toString("base64url"))
      const words = limitedArgv(argv, limits).map(quoted).join(" ")
      const wrapped = yield* one.withPermit(attempt("could not contain the command", async () => {
        const shared = sharesNetwork(permissions)
        manager.updateConfig({ ...(shared ? OPEN : CLOSED), ...ripgrep })
        if (!shared) manager.registerCommandNetworkLists(commandId, { allowedDomains: hostsOf(permissions) })
        return manager.wrapWithSandbox(
          `export TMPDIR=${quoted(temporary)}; exec ${words}`,
          "sh",
          { filesystem: filesOf(permissions, temporary) },
          undefined,
          { commandId }
        )
      }))
      const bounds = {
        name: NAME,
        offline: !sharesNetwork(permissions),
        masked: listed(reachOf(permissions.read, true).deny)
      }
      return {
        argv: ["sh", "-c", `exec ${wrapped}`] as const,
        cwd,
        env,
        refusal: (ended: Ended) => refusalOf(ended, bounds)
      }
    })
    const holds = { files: true, network: true, hosts: true, processes: false }
    return Runner.of({ name: NAME, holds, contain, run: yield* runWith({ contain, holds }) })
  })
)
