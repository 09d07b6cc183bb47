import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Call } from "../../core/domain/Call.ts"
import type { Lesson } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { parseToolCall } from "../../core/prompt/ParseToolCall.ts"

interface LessonSketch {
  readonly kind?: Lesson["kind"]
  readonly task?: string
  readonly correction: string
  readonly correctedCall?: Call
  readonly temperature?: number
  readonly seed?: number
  readonly maxTokens?: number
}

/** The greedy turn (or a sampled one) for a task in a fresh conversation, with an optional correction in the prompt. */
export const turn = Effect.fnUntraced(function*(
  backend: LoraBackend["Service"],
  task: string,
  correction?: string,
  over?: {
    readonly temperature?: number | undefined
    readonly seed?: number | undefined
    readonly maxTokens?: number | undefined
  }
) {
  const promptIds = backend.tokenizer.encodeChat([
    { role: "user", content: task },
    ...(correction === undefined ? [] : [{ role: "user" as const, content: `Correction: ${correction}` }])
  ], [])
  const tokens = yield* Stream.runCollect(backend.sample({
    promptIds,
    maxTokens: over?.maxTokens ?? 24,
    temperature: over?.temperature ?? 0,
    topP: 1,
    seed: over?.seed ?? 0,
    weights: currentWeights
  }))
  const ids = tokens.map((token) => token.id)
  return { promptIds, ids, logProbs: tokens.map((token) => token.logProb), text: backend.tokenizer.decode(ids) }
})

/**
 * A lesson as the loop would make it: the attempt is what the backend samples for the task now; for `retry` it is what
 * it samples with the correction in view, under the correction-free prompt.
 */
export const makeLesson = (
  backend: LoraBackend["Service"],
  sketch: LessonSketch
): Effect.Effect<Lesson, BackendError> =>
  Effect.gen(function*() {
    const { correction, kind = "denial", task = "please fix a.js" } = sketch
    const plain = yield* turn(backend, task, undefined, sketch)
    const corrected = yield* turn(backend, task, correction, sketch)
    const attempt = kind === "retry" ? { ...corrected, promptIds: plain.promptIds } : plain
    const parsed = parseToolCall(attempt.text)
    const call: Call = parsed._tag === "OneCall"
      ? { id: "call-1", tool: parsed.tool, arguments: parsed.arguments }
      : { id: "call-1", tool: "none", arguments: {} }
    return {
      id: `lesson-${kind}`,
      kind,
      ...(kind === "retry" ? { parent: "lesson-denial" } : {}),
      at: 0,
      task,
      correction,
      call,
      ...(sketch.correctedCall === undefined ? {} : { correctedCall: sketch.correctedCall }),
      attempt,
      teacherPromptIds: corrected.promptIds,
      teacherSeesAttempt: false,
      modelIdentity: backend.info.modelIdentity,
      adapterRevision: yield* backend.revision
    }
  })
