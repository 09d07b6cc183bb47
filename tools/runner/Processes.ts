import { readdirSync, readFileSync, readlinkSync } from "node:fs"

/** A process as it is found; `started` tells it from a later one with the same number. */
export interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly started: number
  /** Its command line, or its name. */
  readonly name: string
}

/** By what the processes of one command are known, wherever they went: ancestry, a variable, or an open file. */
export interface Mark {
  /** The process that was started. */
  readonly pid: number
  /** When it was started, as `Process.started`; 0 when that is not known. What started before is not the command's. */
  readonly since: number
  /** `NAME=value`, unique to the command, which its processes inherit. */
  readonly variable: string
  /** Real path of a file of its own that all of them have open; undefined when there is none. */
  readonly file: string | undefined
}

/** The variable by which a command's processes are known. */
export const MARK = "CONTINUALCODE_CALL"

const MAX_NAME = 80

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return undefined
  }
}

const readLink = (path: string): string | undefined => {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

const entries = (path: string): ReadonlyArray<string> => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

const nameOf = (pid: number, short: string): string => {
  const words = readText(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() ?? ""
  return (words === "" ? short : words).slice(0, MAX_NAME)
}

/** A line of `/proc/PID/stat`; undefined for processes that have ended and only wait to be collected. */
export const parseStat = (text: string): Omit<Process, "name"> & { readonly short: string } | undefined => {
  // The name stands in parentheses and may have some itself.
  const open = text.indexOf("(")
  const close = text.lastIndexOf(")")
  const [state, parent, group, ...rest] = text.slice(close + 2).split(" ")
  if (open === -1 || close === -1 || state === undefined || state === "Z" || state === "X") return undefined
  return {
    pid: Number(text.slice(0, open).trim()),
    parent: Number(parent),
    group: Number(group),
    started: Number(rest[16]),
    short: text.slice(open + 1, close)
  }
}

/** Every living process, from `/proc`. */
const fromProc = (): ReadonlyArray<Process> =>
  entries("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => processAt(Number(pid)) ?? [])

/** Lines of `ps -A -o pid=,ppid=,pgid=,stat=,command=`, for systems without `/proc`. */
export const parsePs = (text: string): ReadonlyArray<Process> =>
  text.split("\n").flatMap((line) => {
    const [, pid, parent, group, state, name] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (pid === undefined || state === undefined || state.startsWith("Z")) return []
    return [{
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      started: 0,
      name: (name ?? "").slice(0, MAX_NAME)
    }]
  })

const openOf = (pid: number): ReadonlyArray<string> =>
  entries(`/proc/${pid}/fd`).flatMap((fd) => readLink(`/proc/${pid}/fd/${fd}`) ?? [])

const processAt = (pid: number): Process | undefined => {
  const stat = parseStat(readText(`/proc/${pid}/stat`) ?? "")
  if (stat === undefined) return undefined
  const { short, ...process } = stat
  return { ...process, name: nameOf(pid, short) }
}

/** What processes use up together: memory of their own in bytes, and threads. Where there is no `/proc`, each counts as one thread. */
export const usageOf = (processes: ReadonlyArray<Process>): { readonly memory: number; readonly threads: number } => {
  let memory = 0
  let threads = 0
  for (const { pid } of processes) {
    const status = readText(`/proc/${pid}/status`) ?? ""
    const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0)
    memory += (field("RssAnon") + field("RssShmem")) * 1024
    threads += Math.max(1, field("Threads"))
  }
  return { memory, threads }
}

/** When a process that lives was started; 0 when that cannot be said. */
export const startOf = (pid: number): number => processAt(pid)?.started ?? 0

/** Those that still live, without looking for others. */
export const stillLiving = (known: ReadonlyArray<Process>): ReadonlyArray<Process> =>
  known.filter(({ pid, started }) => processAt(pid)?.started === started)

const isMarked = (mark: Mark, { pid }: Process): boolean => {
  if (readText(`/proc/${pid}/environ`)?.split("\0").includes(mark.variable) === true) return true
  return mark.file !== undefined && openOf(pid).includes(mark.file)
}

/** A process and those it comes from. */
const ancestors = (all: ReadonlyArray<Process>, pid: number): ReadonlySet<number> => {
  const parents = new Map(all.map((process) => [process.pid, process.parent]))
  const found = new Set<number>()
  for (let each: number | undefined = pid; each !== undefined && !found.has(each); each = parents.get(each))
    found.add(each)
  return found
}

/**
 * The living processes of a command: those it started, those that these started, and so on; its process group; and, where
 * there is `/proc`, all that carry its mark, whatever group or session they moved to. `known` are some found before, which
 * stay known when they lose what marked them. Never `own`, the agent, nor what it was started by. `listing` is the output of `ps` where there is no `/proc`.
 */
export const processesOf = (
  mark: Mark,
  known: ReadonlyArray<Process>,
  own: number,
  listing?: string
): ReadonlyArray<Process> => {
  const everything = listing === undefined ? fromProc() : parsePs(listing)
  const above = ancestors(everything, own)
  const all = everything.filter(({ pid }) => !above.has(pid))
  const key = ({ pid, started }: Process) => `${pid} ${started}`
  const before = new Set(known.map(key))
  const found = new Map<number, Process>()
  for (const process of all) {
    if (process.pid === mark.pid || process.group === mark.pid || before.has(key(process)))
      found.set(process.pid, process)
    else if (listing === undefined && process.started >= mark.since && isMarked(mark, process)) {
      found.set(process.pid, process)
    }
  }
  for (let size = -1; size !== found.size;) {
    size = found.size
    for (const process of all) if (found.has(process.parent)) found.set(process.pid, process)
  }
  return [...found.values()]
}
