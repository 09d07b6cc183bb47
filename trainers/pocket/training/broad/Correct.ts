import { word } from "../Names.ts"
import type { Rng } from "../Rng.ts"
import { bash, type PlainCall } from "../Situation.ts"
import { spacedJson } from "../../../../core/prompt/ToolCallText.ts"
import { expand, filled } from "./Grammar.ts"
import type { Change, Way } from "./Kind.ts"
import * as Asides from "./Asides.ts"
import * as Phrases from "./Phrases.ts"
import { type BroadScene, changedOption, type Option } from "./Scenes.ts"
import { ended, spelled } from "./Spelling.ts"

/** What was said, the call that obeys it, and the way that later tasks of the kind go; none where it holds only here. */
export interface Told {
  readonly text: string
  readonly call: PlainCall
  readonly way?: Way
}

/** What each kind of task is about, for rules that name it. */
const DOING: Readonly<Record<string, string>> = {
  "node-install": "(installing|adding) packages",
  "python-install": "python packages|(installing|adding) python packages",
  "test-run": "(running |)tests|testing",
  "python-run": "running (python |)scripts",
  search: "searching|(searching|looking through) (the |)code",
  show: "(showing|reading|opening) files",
  find: "finding files|listing files by name",
  commit: "commits|committing",
  branch: "(new |making )branches",
  push: "pushing|pushes",
  delete: "(deleting|removing) files",
  rename: "(renaming|moving) files",
  format: "formatting",
  lint: "linting",
  build: "building|builds",
  download: "downloads|downloading",
  image: "images|building images",
  fix: "(small |)(edits|changes|fixes)|changing files",
  extend: "(small |)(edits|changes)|changing files"
}

/** Kinds for which a rule about one might be meant for the other as well. */
const RELATED: ReadonlyArray<ReadonlyArray<string>> = [
  ["node-install", "python-install", "other-install", "install-all", "uninstall", "upgrade", "exec", "init", "venv"],
  ["test-run", "test-file", "script"],
  ["python-run", "node-run", "script", "shell-run", "go-run"],
  ["search", "show", "find", "list", "count", "logs", "look"],
  ["commit", "push", "branch", "stash", "tag", "merge"],
  ["format", "format-other", "lint", "types"],
  ["build", "image", "up", "down"],
  ["download", "request", "clone"],
  ["delete", "rename", "copy"],
  ["fix", "extend", "setting", "line"]
]

const related = (one: string, other: string): boolean =>
  one === other || RELATED.some((group) => group.includes(one) && group.includes(other))

/** Names of ways that only their own kind can mean, for remarks about other tasks. */
const ELSEWHERE: ReadonlyArray<readonly [kind: string, names: string]> = [
  ["node-install", "pnpm|yarn|bun"],
  ["python-install", "uv|poetry|pip|conda"],
  ["test-run", "vitest|jest|pytest|the test script"],
  ["commit", "a sign-off|short messages|conventional commits|-am"],
  ["branch", "a feature/ prefix|git switch|short names"],
  ["format", "prettier|biome|dprint|black"],
  ["push", "a pull request|a draft|the fork"],
  ["lint", "eslint|ruff|clippy|our script"],
  ["download", "wget|curl|aria2"],
  ["image", "podman|buildx|docker"],
  ["delete", "git rm|the trash"],
  ["search", "the grep tool|ripgrep"],
  ["build", "make|the build script|gradle"]
]

const isTool = (name: string): boolean =>
  !/^(the|a|an|only|just|no|all|your|our|one|lines?|message|version|python 3|type|start|port|what|how|feat|fix|main|-|:|\d|")/
    .test(name)
  && !/[:/"#]$|^\W|\b(only|first|too|in front|prefix|at the end)\b/.test(name)

const phrase = (heldOut: boolean, usual: string, held: string): string => heldOut ? held : usual

/** Whether held-out patterns are drawn, and whether the human knows of an attempt. */
interface Asked {
  readonly heldOut: boolean
  readonly known: boolean
}

interface Saying {
  /** A grammar with the large slots. */
  readonly grammar: string
  readonly slots: Readonly<Record<string, string>>
}

const isHabit = (scene: BroadScene, attempt: Option): boolean => attempt.way.command === scene.habit.way.command

/** What a human calls the attempt, and what they forbid. */
const blame = (rng: Rng, scene: BroadScene, attempt: Option): Readonly<Record<string, string>> => {
  const avoided = filled(expand(rng, attempt.way.names), scene.slots)
  return {
    A: avoided,
    V: isHabit(scene, attempt) ? filled(expand(rng, scene.forbids), scene.slots) : `use ${avoided}`,
    D: expand(rng, DOING[scene.kind] ?? "this|that|such things|tasks like this")
  }
}

/** Now and then a tool's plain name is written with a capital. */
const capitalised = (rng: Rng, name: string): string =>
  /^[a-z]{3,}$/.test(name) && rng.chance(0.08)
    ? rng.chance(0.8) ? name.charAt(0).toUpperCase() + name.slice(1) : name.toUpperCase()
    : name

/** How a way or a change is said: by its name, as a deed, or by a fact. */
const told = (rng: Rng, scene: BroadScene, how: Way | Change, { heldOut, known }: Asked): Saying => {
  const roll = rng.unit()
  if (how.facts !== undefined && roll < 0.22) {
    return {
      grammar: phrase(heldOut, Phrases.FACT, Phrases.HELD_OUT_FACT),
      slots: { H: filled(expand(rng, how.facts), scene.slots) }
    }
  }
  if (how.does !== undefined && (roll < 0.48 || how.names === undefined)) {
    return {
      grammar: phrase(heldOut, Phrases.DEED, Phrases.HELD_OUT_DEED),
      slots: { I: filled(expand(rng, how.does), scene.slots) }
    }
  }
  const name = expand(rng, how.names ?? how.facts ?? "")
  const target = name.includes("{") ? filled(name, scene.slots) : capitalised(rng, name)
  const kind = rng.unit()
  if (target.startsWith("-") && kind < 0.5) {
    return { grammar: phrase(heldOut, Asides.FLAG, Asides.HELD_OUT_FLAG), slots: { T: target } }
  }
  const grammar = kind < 0.28 && known
    ? phrase(heldOut, Phrases.AGAINST, Phrases.HELD_OUT_AGAINST)
    : kind < 0.6 && isTool(target)
    ? phrase(heldOut, Phrases.TOOL, Phrases.HELD_OUT_TOOL)
    : phrase(heldOut, Phrases.NAMED, Phrases.HELD_OUT_NAMED)
  return { grammar, slots: { T: target } }
}

/** Draws until nothing is said of what was used, where nothing is known of it. */
const blameless = (rng: Rng, grammar: string, known: boolean): string => {
  for (;;) {
    const text = expand(rng, grammar)
    if (known || !/\{[AV]\}/.test(text)) return text
  }
}

/** Says it: with a reason, a remark beside it, a slip of the fingers. */
const said = (
  rng: Rng,
  scene: BroadScene,
  attempt: Option,
  saying: Saying,
  { heldOut, known }: Asked
): string => {
  const slots = { ...blame(rng, scene, attempt), ...saying.slots }
  const wish = blameless(rng, saying.grammar, known)
  const reason = (): string => blameless(rng, phrase(heldOut, Asides.REASON, Asides.HELD_OUT_REASON), known)
  const roll = rng.unit()
  if (wish.endsWith("{C}")) {
    return filled(spelled(rng, roll < 0.15 ? `${reason()}. ${wish}` : wish), slots)
  }
  const text = roll < 0.2
    ? expand(rng, Asides.JOINED).replace("{R}", reason).replace("{W}", () => wish)
    : roll < 0.27
    ? expand(rng, Asides.BESIDE).replace(
      "{R}",
      () => expand(rng, phrase(heldOut, Asides.ASIDE, Asides.HELD_OUT_ASIDE))
    )
      .replace("{W}", () => wish)
    : wish
  return ended(rng, filled(spelled(rng, text), slots))
}

const same = (a: PlainCall, b: PlainCall): boolean => spacedJson(a) === spacedJson(b)

/** A command of made-up words, with or without what the task names: only copying gets it right. */
const anyCommand = (rng: Rng, { slots }: BroadScene): string => {
  const words = Array.from(
    { length: 1 + rng.below(3) },
    () => rng.chance(0.3) ? `${rng.chance(0.6) ? "--" : "-"}${word(rng)}` : word(rng)
  )
  return [word(rng), ...words, ...(slots["x"] !== undefined && rng.chance(0.5) ? [slots["x"]] : [])].join(" ")
}

const inventedFlag = (rng: Rng): string => {
  const roll = rng.unit()
  const name = rng.chance(0.2) ? `${word(rng)}-${word(rng)}` : word(rng)
  if (roll < 0.6) return `--${name}`
  if (roll < 0.75) return `--no-${name}`
  if (roll < 0.9) return `--${name}=${rng.chance(0.4) ? String(rng.below(100)) : word(rng)}`
  return `-${"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".charAt(rng.below(52))}`
}

const answer = (rng: Rng, scene: BroadScene, attempt: Option, asked: Asked): Told => {
  const { heldOut, known } = asked
  const roll = rng.unit()
  if (roll < 0.045) {
    const text = expand(rng, phrase(heldOut, Asides.ASIDE, Asides.HELD_OUT_ASIDE))
    return { text: ended(rng, spelled(rng, text)), call: attempt.call, way: attempt.way }
  }
  if (roll < 0.07) {
    const [kind, names] = rng.pick(ELSEWHERE.filter(([one]) => !related(one, scene.kind)))
    const rule = expand(rng, Asides.SCOPED)
    const slots = { D: expand(rng, DOING[kind] ?? ""), T: expand(rng, names) }
    return { text: ended(rng, filled(spelled(rng, rule), slots)), call: attempt.call, way: attempt.way }
  }
  const say = (saying: Saying): string => said(rng, scene, attempt, saying, asked)
  if (roll < 0.13 && known && isHabit(scene, attempt)) {
    const text = say({ grammar: phrase(heldOut, Asides.AWAY, Asides.HELD_OUT_AWAY), slots: {} })
    return { text, call: scene.meant.call, way: scene.meant.way }
  }
  if (roll < 0.17 && scene.decided && isHabit(scene, attempt)) {
    const text = say({ grammar: phrase(heldOut, Asides.LOCKFILE, Asides.HELD_OUT_LOCKFILE), slots: {} })
    return { text, call: scene.meant.call, way: scene.meant.way }
  }
  if (roll < 0.22 && attempt.call.tool === "bash") {
    const flag = inventedFlag(rng)
    const option = changedOption(attempt, { flag }, scene.slots)
    if (option !== undefined) {
      return {
        text: say({ grammar: phrase(heldOut, Asides.FLAG, Asides.HELD_OUT_FLAG), slots: { T: flag } }),
        call: option.call,
        way: option.way
      }
    }
  }
  const changes = scene.changes.flatMap((change) => {
    const option = changedOption(attempt, change, scene.slots)
    return option === undefined ? [] : [{ change, option }]
  })
  const byChange = changes.length > 0 && rng.chance(Math.min(0.5, 0.12 + changes.length * 0.03))
  const others = scene.options.filter(({ call }) => !same(call, attempt.call))
  const { change, option } = byChange ? rng.pick(changes) : { change: undefined, option: rng.pick(others) }
  const { command } = option.call.arguments
  if (roll < 0.32 && option.call.tool === "bash" && typeof command === "string") {
    const whole = rng.chance(0.25) ? anyCommand(rng, scene) : command
    // Without marks, a command that leaves out what the task names might be only the beginning of one.
    const { x } = scene.slots
    const marked = rng.chance(0.5) || (whole !== command && x !== undefined && !whole.includes(x))
    const grammar = marked
      ? phrase(heldOut, Phrases.QUOTED, Phrases.HELD_OUT_QUOTED)
      : phrase(heldOut, Phrases.COMMAND, Phrases.HELD_OUT_COMMAND)
    const text = say({ grammar, slots: { C: whole } })
    return { text, call: bash(whole), ...(whole === command ? { way: option.way } : {}) }
  }
  return { text: say(told(rng, scene, change ?? option.way, asked)), call: option.call, way: option.way }
}

/** A correction of `attempt`. It always has one right answer. */
export const correct = (rng: Rng, scene: BroadScene, attempt: Option, heldOut: boolean): Told =>
  answer(rng, scene, attempt, { heldOut, known: true })

/** The same beforehand: no attempt is known, so nothing is said of one. */
export const note = (rng: Rng, scene: BroadScene): Told =>
  answer(rng, scene, scene.habit, { heldOut: false, known: false })
