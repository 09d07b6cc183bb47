import { chatMessage } from "../../../core/prompt/ChatMessages.ts"
import { systemPrompt } from "../../../core/prompt/SystemPrompt.ts"
import { editCorrection, toolCallText } from "../../../core/prompt/ToolCallText.ts"
import type { Message } from "../../../core/domain/Message.ts"
import { path, word } from "./Names.ts"
import { CORRECTIONS, fill, IRRELEVANT, NEGATIVES, NOTES, typed } from "./Phrases.ts"
import type { Rng } from "./Rng.ts"
import type { Alternative, PlainCall, Scene, Situation } from "./Situation.ts"
import { wideCorrection, wideNote } from "./wide/Correct.ts"

/** A conversation as the corpus holds it; assistant turns are what is trained on. */
export interface Conversation {
  readonly system: string
  readonly messages: ReadonlyArray<Message>
  /** Assistant turns among `messages` that are read but not imitated: attempts that nobody should learn. */
  readonly unlearned?: ReadonlyArray<Message>
}

const asMessage = (call: PlainCall): Message => ({ _tag: "Assistant", text: toolCallText(call.tool, call.arguments) })

const result = (call: PlainCall, output: string): Message => ({
  _tag: "ToolResult",
  call: { id: "", tool: call.tool, arguments: call.arguments },
  output,
  success: true
})

const denied = (call: PlainCall, correction: string): Message => ({
  _tag: "Denied",
  call: { id: "", tool: call.tool, arguments: call.arguments },
  correction
})

/** What a correction says and which call obeys it. */
interface Correction {
  readonly text: string
  readonly chosen: Alternative
}

const others = (scene: Scene, attempt: Alternative): ReadonlyArray<Alternative> =>
  scene.alternatives.filter((alternative) => alternative.id !== attempt.id)

const heavier = (one: Alternative, other: Alternative): Alternative => other.weight > one.weight ? other : one

/** A correction towards another way, or one that names only what was wrong. */
export const correctionTowards = (
  rng: Rng,
  attempt: Alternative,
  target: Alternative,
  templates: ReadonlyArray<string> = CORRECTIONS
): string =>
  fill(rng.pick(templates), {
    target: rng.pick(target.names),
    avoid: rng.pick(attempt.names),
    verb: rng.pick(attempt.verbs)
  })

const renamed = (alternative: Alternative, from: string, to: string): Alternative => ({
  ...alternative,
  call: {
    tool: alternative.call.tool,
    arguments: Object.fromEntries(
      Object.entries(alternative.call.arguments).map(([key, value]) => [
        key,
        typeof value === "string" ? value.replaceAll(from, () => to) : value
      ])
    )
  },
  result: alternative.result.replaceAll(from, () => to)
})

const MEANT = ["I meant {P}", "the file is {P}", "no, {P}", "wrong file, it is {P}", "it is {P}", "not this file, {P}"]

/**
 * What is drawn from: the situations, the share of corrections and notes in wide phrasings, and whether each correction has only one
 * right answer: then a mere prohibition means the likeliest other way, and nothing is said of other situations' tools.
 */
interface Source {
  readonly all: ReadonlyArray<Situation>
  readonly wide: number
  readonly settled: boolean
}

/** Whether the next is drawn wide. At 0 nothing is drawn for it, so that older corpora come out as they were. */
const isWide = (rng: Rng, { wide }: Source): boolean => wide > 0 && rng.chance(wide)

/** Draws a correction of `attempt`; the source lends phrases about other situations, which must change nothing here. */
const drawCorrection = (rng: Rng, scene: Scene, attempt: Alternative, source: Source): Correction => {
  if (isWide(rng, source)) return wideCorrection(rng, scene, attempt)
  const { all, settled } = source
  const roll = rng.unit()
  if (roll < (settled ? 0.14 : 0.09)) return { text: typed(rng, rng.pick(IRRELEVANT)), chosen: attempt }
  if (roll < 0.14) {
    const foreign = rng.pick(all.filter((situation) => situation.kind !== scene.kind)).draw(rng, false)
    return {
      text: typed(rng, fill(rng.pick(NOTES), { target: rng.pick(rng.pick(foreign.alternatives).names) })),
      chosen: attempt
    }
  }
  if (roll < 0.2) {
    const text = fill(rng.pick(NEGATIVES), { avoid: rng.pick(attempt.names), verb: rng.pick(attempt.verbs) })
    const rest = others(scene, attempt)
    return { text: typed(rng, text), chosen: settled ? rest.reduce(heavier) : rng.weighted(rest) }
  }
  const subject = scene.files.find((file) =>
    JSON.stringify(attempt.call.arguments).includes(file) && scene.task.includes(file)
  )
  if (roll < 0.28 && subject !== undefined && scene.preludes.length === 0) {
    const other = path(rng, [subject.slice(subject.lastIndexOf("."))])
    return { text: typed(rng, rng.pick(MEANT).replace("{P}", () => other)), chosen: renamed(attempt, subject, other) }
  }
  const target = rng.pick(others(scene, attempt))
  if (roll < 0.36) {
    return { text: editCorrection({ id: "", ...target.call }), chosen: target }
  }
  return { text: typed(rng, correctionTowards(rng, attempt, target)), chosen: target }
}

const drawNote = (rng: Rng, scene: Scene, source: Source): Correction => {
  if (isWide(rng, source)) return wideNote(rng, scene)
  const target = rng.pick(scene.alternatives)
  return { text: typed(rng, fill(rng.pick(NOTES), { target: rng.pick(target.names) })), chosen: target }
}

const FAILURES = [
  "No such file or directory.",
  "command not found",
  "The file does not exist.",
  "Permission denied.",
  "The text was not found."
]

/** The chosen call's result and what comes after it; now and then the call fails and the model says so. */
const finish = (rng: Rng, scene: Scene, chosen: Alternative): ReadonlyArray<Message> => {
  if (rng.chance(0.06)) {
    const words = Array.from({ length: rng.below(8) }, () => word(rng)).join(" ")
    const output = chosen.call.tool === "bash"
      ? `${words} ${rng.pick(FAILURES)}\n(exit code 1)`
      : `${rng.pick(FAILURES)} ${words}`
    return [result(chosen.call, output), { _tag: "Assistant", text: "It failed." }]
  }
  return [
    result(chosen.call, chosen.result),
    ...scene.followUps.flatMap((step) => [asMessage(step.call), result(step.call, step.result)]),
    { _tag: "Assistant", text: scene.closing }
  ]
}

/** One task of a conversation. `preferred` is what an earlier correction of this kind asked for in the same conversation. */
const taskMessages = (
  rng: Rng,
  scene: Scene,
  source: Source,
  preferred: string | undefined
): { readonly messages: ReadonlyArray<Message>; readonly learned: string | undefined } => {
  const preludes = scene.preludes.flatMap((step) => [asMessage(step.call), result(step.call, step.result)])
  const task: Message = { _tag: "User", text: typed(rng, scene.task) }
  const own = scene.alternatives.find((alternative) => alternative.id === preferred)
  const attempt = own ?? rng.weighted(scene.alternatives)
  const roll = rng.unit()
  if (roll < 0.3) {
    return {
      messages: [task, ...preludes, asMessage(attempt.call), ...finish(rng, scene, attempt)],
      learned: preferred
    }
  }
  if (roll < 0.42) {
    const note = drawNote(rng, scene, source)
    const at = rng.chance(0.5)
    const message: Message = { _tag: "Note", text: note.text }
    return {
      messages: [
        ...(at ? [message, task] : [task]),
        ...preludes,
        ...(at ? [] : [message]),
        asMessage(note.chosen.call),
        ...finish(rng, scene, note.chosen)
      ],
      learned: note.chosen.id
    }
  }
  const first = drawCorrection(rng, scene, attempt, source)
  if (roll < 0.56) {
    return {
      messages: [
        task,
        ...preludes,
        { _tag: "Correction", text: first.text },
        asMessage(first.chosen.call),
        ...finish(rng, scene, first.chosen)
      ],
      learned: first.chosen.id
    }
  }
  const denial = [task, ...preludes, asMessage(attempt.call), denied(attempt.call, first.text)]
  if (roll < 0.92) {
    return {
      messages: [...denial, asMessage(first.chosen.call), ...finish(rng, scene, first.chosen)],
      learned: first.chosen.id
    }
  }
  const second = drawCorrection(rng, scene, first.chosen, source)
  return {
    messages: [
      ...denial,
      asMessage(first.chosen.call),
      denied(first.chosen.call, second.text),
      asMessage(second.chosen.call),
      ...finish(rng, scene, second.chosen)
    ],
    learned: second.chosen.id
  }
}

/** Draws a conversation of one or two tasks over the given situations; `wide` is the share of wide phrasings, `settled` as in its source. */
export const drawConversation = (
  rng: Rng,
  all: ReadonlyArray<Situation>,
  wide = 0,
  settled = false
): Conversation => {
  const source: Source = { all, wide, settled }
  const situation = rng.pick(all)
  const first = situation.draw(rng, false)
  const listing = { files: first.files, total: first.files.length + (rng.chance(0.1) ? 1 + rng.below(200) : 0) }
  const opening = taskMessages(rng, first, source, undefined)
  const system = systemPrompt(listing)
  if (rng.chance(0.75)) return { system, messages: opening.messages }
  const again = rng.chance(0.5) ? situation : rng.pick(all)
  const second = again.draw(rng, false)
  const preferred = again.kind === situation.kind ? opening.learned : undefined
  return { system, messages: [...opening.messages, ...taskMessages(rng, second, source, preferred).messages] }
}

/** A piece of the rendered conversation. `weight` is its share in the loss: 0 for what the model only reads. */
export interface Segment {
  readonly text: string
  readonly weight: number
}

/** The few tokens that decide whether a repair is right: line numbers, the function to replace, what is returned. */
const DECISIVE = /(?<="(?:start|end)_line": )\d+|(?<="old": "export function )\w+|(?<=return)[^;\\\])]+(?=;)/g

/** What the model must say, cut where the tokenizer cuts, with weight on what decides. */
const spoken = (text: string, decisive: number): ReadonlyArray<Segment> => {
  const pieces: Array<Segment> = []
  let from = 0
  for (const found of text.matchAll(DECISIVE)) {
    if (found.index > from) pieces.push({ text: text.slice(from, found.index), weight: 1 })
    pieces.push({ text: found[0], weight: decisive })
    from = found.index + found[0].length
  }
  return [...pieces, { text: text.slice(from), weight: 1 }]
}

/**
 * Renders as the model's chat template does, from the system text on (the tool list before it is shared by all). `decisive`
 * is the weight of the tokens that decide a repair.
 */
export const segments = (conversation: Conversation, decisive = 1): ReadonlyArray<Segment> => [
  { text: `${conversation.system}<|im_end|>\n`, weight: 0 },
  ...conversation.messages.flatMap((message): ReadonlyArray<Segment> => {
    const chat = chatMessage(message)
    if (chat.role === "assistant") {
      return [
        { text: "<|im_start|>assistant\n", weight: 0 },
        ...(conversation.unlearned?.includes(message) === true
          ? [{ text: `${chat.content}<|im_end|>`, weight: 0 }]
          : spoken(`${chat.content}<|im_end|>`, decisive)),
        { text: "\n", weight: 0 }
      ]
    }
    const content = chat.role === "tool" ? `<tool_response>\n${chat.content}\n</tool_response>` : chat.content
    return [{ text: `<|im_start|>user\n${content}<|im_end|>\n`, weight: 0 }]
  })
]
