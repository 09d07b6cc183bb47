import { directory, path, stem, word } from "../Names.ts"
import type { Rng } from "../Rng.ts"
import type { PlainCall, Prelude, Scene } from "../Situation.ts"
import { CLOBBER, CODE } from "./Code.ts"
import { expand, filled } from "./Grammar.ts"
import { type Change, changed, type Kind, type Way } from "./Kind.ts"

export type Slots = Readonly<Record<string, string>>

/** A way with its call in this scene. */
export interface Option {
  readonly way: Way
  readonly call: PlainCall
}

/** A drawn task: what is asked, the habit, what else there is, and what may be changed in a call. */
export interface BroadScene {
  readonly kind: string
  readonly known: boolean
  readonly slots: Slots
  readonly files: ReadonlyArray<string>
  readonly task: string
  readonly preludes: ReadonlyArray<Prelude>
  readonly habit: Option
  /** What is meant when only the habit is forbidden: what the project's files tell, else the most natural other way. */
  readonly meant: Option
  /** Whether a lockfile in the listing tells the package manager. */
  readonly decided: boolean
  readonly options: ReadonlyArray<Option>
  readonly changes: ReadonlyArray<Change>
  readonly forbids: string
  readonly closing: string
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/** One word as people invent them, now and then with capitals, digits, dashes or dots. */
const invented = (rng: Rng): string => {
  const plain = word(rng)
  const roll = rng.unit()
  if (roll < 0.07) return plain.charAt(0).toUpperCase() + plain.slice(1)
  if (roll < 0.12) return plain.toUpperCase()
  if (roll < 0.2) return `${plain}${rng.below(100)}`
  if (roll < 0.3) return `${plain}-${word(rng)}`
  if (roll < 0.34) return `${plain}_${word(rng)}`
  return plain
}

const ticket = (rng: Rng): string =>
  `${Array.from({ length: 2 + rng.below(4) }, () => LETTERS.charAt(rng.below(26))).join("")}-${1 + rng.below(9999)}`

const version = (rng: Rng): string => [rng.below(30), rng.below(20), rng.below(20)].slice(0, 1 + rng.below(3)).join(".")

/** What any text of a scene may use beside the kind's own slots. */
const commonSlots = (rng: Rng): Slots => {
  const n = 1 + rng.below(90)
  const made = word(rng)
  return {
    m: `${made}${rng.chance(0.15) ? String(rng.below(10)) : rng.chance(0.1) ? `-${word(rng)}` : ""}`,
    s: rng.chance(0.4)
      ? rng.pick(["add", "install", "get", "run", "do", "new", "go", "exec", "use", "sync"])
      : word(rng),
    w: invented(rng),
    b: stem(rng),
    d: directory(rng),
    p: path(rng, [".js", ".ts", ".py", ".md", ".go", ".rs", ".json"]),
    e: rng.pick([".js", ".ts", ".py", ".md", ".json", ".css", ".go", ".rs", ".yml", ".tsx", ".html"]),
    n: String(n),
    k: String(n + 1 + rng.below(60)),
    t: ticket(rng),
    v: version(rng),
    phrase: Array.from({ length: 1 + rng.below(4) }, () => word(rng)).join(" ")
  }
}

const NUMBERS = new Set(["limit", "offset"])

/** The call that a template stands for. */
export const callOf = (command: string, slots: Slots): PlainCall => {
  if (!command.startsWith("@")) return { tool: "bash", arguments: { command: filled(command, slots) } }
  const [tool = "", ...pairs] = command.slice(1).split(" ")
  return {
    tool,
    arguments: Object.fromEntries(pairs.map((pair) => {
      const [key = "", value = ""] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]
      const text = filled(value, slots)
      return [key, NUMBERS.has(key) ? Number(text) : text]
    }))
  }
}

const OTHERS = [
  "README.md",
  "LICENSE",
  ".gitignore",
  "CHANGELOG.md",
  "docs/index.md",
  ".github/workflows/ci.yml"
]

const LOCKFILES = new Set(["pnpm-lock.yaml", "yarn.lock", "bun.lock", "uv.lock", "poetry.lock", "Pipfile", "pdm.lock"])

/** Lies about in any project, whatever its tools are. */
const SILENT = new Set(["Makefile", "justfile"])

/** A small project's files: the kind's, often those of one of its ways, and a few of any project. */
const listing = (rng: Rng, kind: Kind, slots: Slots): ReadonlyArray<string> => {
  const traces = kind.ways.flatMap(({ files }) => files === undefined ? [] : [files])
  const trace = traces.length > 0 && rng.chance(0.6) ? rng.pick(traces) : []
  const sources = Array.from({ length: rng.below(4) }, () => path(rng, [".js", ".ts", ".py", ".go", ".rs", ".md"]))
  const own = (kind.files ?? []).map((file) => filled(file, slots))
  return [...new Set([...own, ...trace, ...sources, ...OTHERS.filter(() => rng.chance(0.15))])].sort()
}

const optionOf = (way: Way, slots: Slots): Option => ({ way, call: callOf(way.command, slots) })

/** Draws a scene of the kind; `same` keeps what an earlier scene of it was told. */
export const drawScene = (rng: Rng, kind: Kind, heldOut: boolean, same: Slots = {}): BroadScene => {
  const slots = { ...commonSlots(rng), ...same, ...kind.slots?.(rng) }
  const files = listing(rng, kind, slots)
  const options = kind.ways.map((way) => optionOf(way, slots))
  const [habit, meant] = options
  if (habit === undefined || meant === undefined) throw new RangeError(`${kind.kind} needs two ways`)
  const told =
    options.filter(({ way }) => way.files?.every((file) => files.includes(file) && !SILENT.has(file)) === true)
      .toSorted((a, b) => (b.way.files?.length ?? 0) - (a.way.files?.length ?? 0))[0]
  return {
    kind: kind.kind,
    known: kind.known === true,
    slots,
    files,
    task: filled(expand(rng, heldOut ? kind.heldOutTasks : kind.tasks), slots),
    preludes: [],
    habit,
    meant: told ?? meant,
    decided: told?.way.files?.some((file) => LOCKFILES.has(file)) === true && kind.managed === true,
    options,
    changes: kind.changes ?? [],
    forbids: kind.forbids,
    closing: filled(kind.closing, slots)
  }
}

/** A scene of the code situations, with its ways named as here. */
export const codeScene = (rng: Rng, scene: Scene): BroadScene => {
  const options = scene.alternatives.flatMap(({ call, id }): ReadonlyArray<Option> => {
    const named = CODE[id]
    return named === undefined ? [] : [{ way: { command: id, ...named }, call }]
  })
  const [habit, meant] = options
  if (habit === undefined || meant === undefined) throw new RangeError(`${scene.kind} needs two ways`)
  return {
    kind: scene.kind,
    known: scene.kind === "fix" || scene.kind === "extend",
    slots: { ...commonSlots(rng), ...scene.slots },
    files: scene.files,
    task: scene.task,
    preludes: scene.preludes,
    habit,
    meant,
    decided: false,
    options,
    changes: [],
    forbids: CLOBBER,
    closing: scene.closing
  }
}

/** The option with a change made to it, where that can be. */
export const changedOption = (option: Option, change: Change, slots: Slots): Option | undefined => {
  const command = changed(option.way.command, change)
  if (command === undefined || option.call.tool === "write") return undefined
  return { way: { ...option.way, command }, call: callOf(command, slots) }
}
