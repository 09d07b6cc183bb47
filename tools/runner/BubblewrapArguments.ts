import type { RunnerCommand } from "../../core/Runner.ts"
import { listed, reachOf, sharesNetwork } from "../../core/permissions/PermissionSet.ts"
import { limitedArgv } from "./Limits.ts"

/** What programs need to start at all, where not the whole file system is shown. */
const SYSTEM = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/nix/store",
  "/etc/alternatives",
  "/etc/ca-certificates",
  "/etc/group",
  "/etc/hosts",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/localtime",
  "/etc/nsswitch.conf",
  "/etc/passwd",
  "/etc/pki",
  "/etc/resolv.conf",
  "/etc/ssl"
]

/** Name servers are looked up here on many systems. */
const RESOLVER = "/run/systemd/resolve"

interface Grounds {
  /** Folder on the machine that stands in for `/tmp`. */
  readonly temporary: string
  /** Folders full of sockets that are replaced by empty ones; those that exist. */
  readonly emptied: ReadonlyArray<string>
  /** The paths that may not be read and exist: what each is. */
  readonly masked: ReadonlyMap<string, "file" | "folder">
}

/** Folders of programs that the emptied folders would hide. */
const hiddenPrograms = (path: string | undefined, hidden: ReadonlyArray<string>): ReadonlyArray<string> =>
  (path ?? "").split(":").filter((folder) => hidden.some((covering) => folder.startsWith(`${covering}/`)))

const each = (flag: string, paths: ReadonlyArray<string>) => paths.flatMap((path) => [flag, path, path])

const maskOf = (path: string, kind: "file" | "folder"): ReadonlyArray<string> =>
  kind === "file" ? ["--ro-bind", "/dev/null", path] : ["--perms", "0000", "--tmpfs", path, "--remount-ro", path]

/**
 * The arguments of `bwrap` for a command. The order is what counts, since each mount covers those before: what may be read,
 * then empty folders in place of temporary files and sockets, then what may be written, then what of that may not, then
 * masks. Processes have a namespace of their own, so all end with the first one, and that one with the agent.
 */
export const bubblewrapArguments = (
  { argv, cwd, env, limits, permissions }: RunnerCommand,
  { emptied, masked, temporary }: Grounds
): ReadonlyArray<string> => {
  const read = reachOf(permissions.read, true)
  const write = reachOf(permissions.write, false)
  const readable = listed(read.allow)
  const everything = read.allow === true || readable.includes("/")
  const shared = sharesNetwork(permissions)
  const root = write.allow === true
    ? ["--bind", "/", "/"]
    : everything
    ? ["--ro-bind", "/", "/"]
    : each("--ro-bind-try", SYSTEM)
  return [
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(shared ? [] : ["--unshare-net"]),
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
    ...root,
    "--dev",
    "/dev",
    // Files in memory count as memory.
    ...(limits?.memory === undefined ? [] : ["--size", String(limits.memory), "--tmpfs", "/dev/shm"]),
    "--proc",
    "/proc",
    "--bind",
    temporary,
    "/tmp",
    ...(everything ? emptied.flatMap((folder) => ["--tmpfs", folder]) : []),
    ...(shared ? ["--ro-bind-try", RESOLVER, RESOLVER] : []),
    ...each("--ro-bind-try", hiddenPrograms(env["PATH"], ["/tmp", ...emptied])),
    ...each("--ro-bind-try", readable.filter((path) => path !== "/")),
    ...each("--bind-try", listed(write.allow)),
    ...each("--ro-bind-try", listed(write.deny)),
    ...[...masked].flatMap(([path, kind]) => maskOf(path, kind)),
    "--setenv",
    "TMPDIR",
    "/tmp",
    "--chdir",
    cwd,
    "--",
    ...limitedArgv(argv, limits, true)
  ]
}
