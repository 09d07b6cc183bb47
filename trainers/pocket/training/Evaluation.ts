import type { Message } from "../../../core/domain/Message.ts"
import { systemPrompt } from "../../../core/prompt/SystemPrompt.ts"
import { toolCallText } from "../../../core/prompt/ToolCallText.ts"
import { correctionTowards, segments } from "./Conversation.ts"
import { fill, HELD_OUT_CORRECTIONS, HELD_OUT_NOTES, typed } from "./Phrases.ts"
import type { Rng } from "./Rng.ts"
import { habit, type Situation } from "./Situation.ts"
import { wideCorrection } from "./wide/Correct.ts"

/** A prompt that ends where the assistant must speak, and the only right answer. */
export interface EvaluationItem {
  readonly kind: string
  /**
   * `plain`: the habit is right; `read`: the first call of a code task; the others: the corrected call is right, `wide` after a
   * denial in the words of somebody who does not know the tools' names, `broad` after one composed from grammars (`broad/Broad.ts`),
   * `fresh` after one that somebody wrote by hand (`broad/Fresh.ts`).
   */
  readonly form:
    | "plain"
    | "read"
    | "denied"
    | "correction"
    | "note"
    | "wide"
    | "broad"
    | "broad-task"
    | "broad-seen"
    | "fresh"
  readonly prompt: string
  readonly answer: string
}

/** Draws one held-out item of each form: unseen task and correction phrasings, freshly built names. */
export const drawEvaluation = (
  rng: Rng,
  situation: Situation
): ReadonlyArray<EvaluationItem> => {
  const scene = situation.draw(rng, true)
  const attempt = habit(scene)
  const target = rng.pick(scene.alternatives.filter((alternative) => alternative.id !== attempt.id))
  const task: Message = { _tag: "User", text: scene.task }
  const preludes = scene.preludes.flatMap((step): ReadonlyArray<Message> => [
    { _tag: "Assistant", text: toolCallText(step.call.tool, step.call.arguments) },
    { _tag: "ToolResult", call: { id: "", ...step.call }, output: step.result, success: true }
  ])
  const correction = typed(rng, correctionTowards(rng, attempt, target, HELD_OUT_CORRECTIONS))
  const note = typed(rng, fill(rng.pick(HELD_OUT_NOTES), { target: rng.pick(target.names) }))
  const wide = wideCorrection(rng, scene, attempt, true)
  const call = attempt.call
  const item = (form: EvaluationItem["form"], messages: ReadonlyArray<Message>, answer: string): EvaluationItem => ({
    kind: situation.kind,
    form,
    prompt: segments({ system: systemPrompt({ files: scene.files, total: scene.files.length }), messages })
      .map((segment) => segment.text).join("") + "<|im_start|>assistant\n",
    answer
  })
  const wanted = toolCallText(target.call.tool, target.call.arguments)
  const usual = toolCallText(call.tool, call.arguments)
  const first = scene.preludes[0]
  return [
    item("plain", [task, ...preludes], usual),
    ...(first === undefined || first.call.tool !== "read"
      ? []
      : [item("read", [task], toolCallText(first.call.tool, first.call.arguments))]),
    item("denied", [
      task,
      ...preludes,
      { _tag: "Assistant", text: usual },
      { _tag: "Denied", call: { id: "", ...call }, correction }
    ], wanted),
    item("correction", [task, ...preludes, { _tag: "Correction", text: correction }], wanted),
    item("note", [{ _tag: "Note", text: note }, task, ...preludes], wanted),
    item("wide", [
      task,
      ...preludes,
      { _tag: "Assistant", text: usual },
      { _tag: "Denied", call: { id: "", ...call }, correction: wide.text }
    ], toolCallText(wide.chosen.call.tool, wide.chosen.call.arguments))
  ]
}
