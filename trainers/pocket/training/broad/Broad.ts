/** Conversations whose corrections are composed from grammars: the sixth stage of the training. */
import { systemPrompt } from "../../../../core/prompt/SystemPrompt.ts"
import { toolCallText } from "../../../../core/prompt/ToolCallText.ts"
import type { Message } from "../../../../core/domain/Message.ts"
import { codeSituations } from "../CodeSituations.ts"
import { type Conversation, segments } from "../Conversation.ts"
import type { EvaluationItem } from "../Evaluation.ts"
import { word } from "../Names.ts"
import type { Rng } from "../Rng.ts"
import type { PlainCall, Situation } from "../Situation.ts"
import { correct, note } from "./Correct.ts"
import type { Kind } from "./Kind.ts"
import { editSituations } from "./kinds/Edits.ts"
import { kinds } from "./kinds/index.ts"
import { type BroadScene, callOf, codeScene, drawScene, type Option, type Slots } from "./Scenes.ts"
import { ended } from "./Spelling.ts"

const weighted = kinds.map((kind) => ({ kind, weight: kind.weight ?? 1 }))
const edits: ReadonlyArray<Situation> = [
  ...editSituations,
  ...editSituations,
  ...codeSituations.filter(({ kind }) => kind !== "new-test")
]

/** How many of the scenes are edits, which are the longest. */
const EDITS = 0.13

const drawAny = (rng: Rng, heldOut: boolean): BroadScene =>
  rng.chance(EDITS)
    ? codeScene(rng, rng.pick(edits).draw(rng, heldOut))
    : drawScene(rng, rng.weighted(weighted).kind, heldOut)

/** What is denied: mostly the habit, else another way, or a call that belongs to another task. */
const attempted = (rng: Rng, scene: BroadScene): Option => {
  const roll = rng.unit()
  if (roll < 0.74 || scene.slots["x"] === undefined) return scene.habit
  if (roll < 0.94 || scene.preludes.length > 0) return rng.pick(scene.options)
  const foreign: Kind = rng.weighted(weighted).kind
  const way = foreign.ways[0]
  return way === undefined || foreign.kind === scene.kind
    ? scene.habit
    : { way, call: callOf(way.command, { y: scene.slots["x"], ...scene.slots }) }
}

const asMessage = (call: PlainCall): Message => ({ _tag: "Assistant", text: toolCallText(call.tool, call.arguments) })

const result = (call: PlainCall, output: string): Message => ({
  _tag: "ToolResult",
  call: { id: "", ...call },
  output,
  success: true
})

const denied = (call: PlainCall, correction: string): Message => ({
  _tag: "Denied",
  call: { id: "", ...call },
  correction
})

/** Messages, of which those in `unlearned` are read but not imitated. */
interface Part {
  readonly messages: ReadonlyArray<Message>
  readonly unlearned: ReadonlyArray<Message>
}

const opening = (rng: Rng, scene: BroadScene): ReadonlyArray<Message> => [
  { _tag: "User", text: ended(rng, scene.task) },
  ...scene.preludes.flatMap((step) => [asMessage(step.call), result(step.call, step.result)])
]

const finish = (rng: Rng, scene: BroadScene, call: PlainCall): ReadonlyArray<Message> => {
  if (rng.chance(0.05)) {
    return [result(call, `${word(rng)}: command not found\n(exit code 127)`), { _tag: "Assistant", text: "It failed." }]
  }
  const output = call.tool === "bash" && rng.chance(0.5)
    ? "(no output)"
    : Array.from({ length: 1 + rng.below(4) }, () => word(rng)).join(" ")
  return [result(call, output), { _tag: "Assistant", text: scene.closing }]
}

/** One task with one or two corrections, and the way that it went in the end. */
const corrected = (rng: Rng, scene: BroadScene): Part & { readonly way?: string } => {
  const roll = rng.unit()
  const ending = (call: PlainCall): ReadonlyArray<Message> => rng.chance(0.5) ? [] : finish(rng, scene, call)
  const start = opening(rng, scene)
  if (roll < 0.08 && scene.kind !== "other-install") {
    return { messages: [...start, asMessage(scene.habit.call), ...finish(rng, scene, scene.habit.call)], unlearned: [] }
  }
  if (roll < 0.18) {
    const before = note(rng, scene)
    const message: Message = { _tag: "Note", text: before.text }
    const messages = rng.chance(0.5) ? [message, ...start] : [...start, message]
    return {
      messages: [...messages, asMessage(before.call), ...ending(before.call)],
      unlearned: [],
      ...(before.way === undefined ? {} : { way: before.way.command })
    }
  }
  if (roll < 0.34) {
    const first = correct(rng, scene, scene.habit, false)
    return {
      messages: [...start, { _tag: "Correction", text: first.text }, asMessage(first.call), ...ending(first.call)],
      unlearned: [],
      ...(first.way === undefined ? {} : { way: first.way.command })
    }
  }
  const attempt = attempted(rng, scene)
  const shown = asMessage(attempt.call)
  const first = correct(rng, scene, attempt, false)
  const denial = [...start, shown, denied(attempt.call, first.text)]
  const unlearned = attempt === scene.habit && scene.kind !== "other-install" ? [] : [shown]
  if (roll < 0.93 || first.way === undefined) {
    return {
      messages: [...denial, asMessage(first.call), ...ending(first.call)],
      unlearned,
      ...(first.way === undefined ? {} : { way: first.way.command })
    }
  }
  const second = correct(rng, scene, { way: first.way, call: first.call }, false)
  return {
    messages: [
      ...denial,
      asMessage(first.call),
      denied(first.call, second.text),
      asMessage(second.call),
      ...ending(second.call)
    ],
    unlearned,
    ...(second.way === undefined ? {} : { way: second.way.command })
  }
}

/** What a second task of the kind must share with the first so that the same way is meant. */
const kept = ({ slots }: BroadScene): Slots =>
  Object.fromEntries(Object.entries(slots).filter(([name]) => name !== "x" && name !== "y"))

/** Draws a conversation of one or two tasks. */
export const drawBroad = (rng: Rng): Conversation => {
  const scene = drawAny(rng, false)
  const first = corrected(rng, scene)
  const system = systemPrompt({ files: scene.files, total: scene.files.length })
  const kind = kinds.find((one) => one.kind === scene.kind)
  if (kind?.slots !== undefined && first.way?.includes("{x}") === true && rng.chance(0.14)) {
    const again = drawScene(rng, kind, false, kept(scene))
    const call = callOf(first.way, again.slots)
    return {
      system,
      messages: [...first.messages, ...opening(rng, again), asMessage(call), ...finish(rng, again, call)],
      unlearned: first.unlearned
    }
  }
  if (rng.chance(0.06)) {
    const second = corrected(rng, drawAny(rng, false))
    return {
      system,
      messages: [...first.messages, ...second.messages],
      unlearned: [...first.unlearned, ...second.unlearned]
    }
  }
  return { system, messages: first.messages, unlearned: first.unlearned }
}

const prompt = (scene: BroadScene, messages: ReadonlyArray<Message>): string =>
  segments({ system: systemPrompt({ files: scene.files, total: scene.files.length }), messages })
    .map(({ text }) => text).join("") + "<|im_start|>assistant\n"

/**
 * Held-out items: `broad` with unseen patterns of correction after the denied habit, `broad-task` with unseen words for the task too,
 * `broad-seen` with trained patterns, so that the two can be told apart.
 */
export const drawBroadEvaluation = (rng: Rng): ReadonlyArray<EvaluationItem> =>
  [
    { form: "broad" as const, held: true, heldTask: false },
    { form: "broad-task" as const, held: true, heldTask: true },
    { form: "broad-seen" as const, held: false, heldTask: false }
  ].map(({ form, held, heldTask }) => {
    const scene = drawAny(rng, heldTask)
    const attempt = scene.habit
    const told = correct(rng, scene, attempt, held)
    return {
      kind: scene.kind,
      form,
      prompt: prompt(scene, [...opening(rng, scene), asMessage(attempt.call), denied(attempt.call, told.text)]),
      answer: toolCallText(told.call.tool, told.call.arguments)
    }
  })
