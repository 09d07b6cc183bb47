import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Attempt } from "../../../core/domain/Call.ts"
import type { LessonTool } from "../../../core/domain/Lesson.ts"
import type { Message } from "../../../core/domain/Message.ts"
import { LoraBackend } from "../../../core/LoraBackend.ts"
import { loraModel } from "../../../core/LoraModel.ts"
import { Model, ModelError } from "../../../core/Model.ts"
import { ToolSandbox } from "../../../core/ToolSandbox.ts"
import { lessonTool } from "../../../core/ToolSchema.ts"
import { readTurn, sameTurn } from "../../../core/Turn.ts"
import { currentWeights } from "../../../core/Weights.ts"
import { builtinTools } from "../../../tools/index.ts"
import { machine } from "../../Machine.ts"
import { type Files, lay } from "../phrasings/Place.ts"

/** The longest answer, tokens. */
const LONGEST = 96

/** A project in which the model is asked as the program asks it. */
export interface Project {
  readonly tools: ReadonlyArray<LessonTool>
  readonly promptIds: Model["Service"]["promptIds"]
  /** The greedy turn after a conversation. */
  readonly ask: (conversation: ReadonlyArray<Message>) => Effect.Effect<Attempt, ModelError>
  /** Whether the greedy turn after a conversation comes to the same as one before; most are seen from one pass over that. */
  readonly asBefore: (conversation: ReadonlyArray<Message>, before: Attempt) => Effect.Effect<boolean, ModelError>
}

/** Lays the files in a temporary folder and opens them as a project of the agent. */
export const openProject = Effect.fnUntraced(function*(files: Files) {
  const backend = yield* LoraBackend
  const root = yield* lay(files)
  const services = yield* Layer.build(
    loraModel({ temperature: 0, topP: 1, maxTokens: LONGEST, constrain: true, deniedCalls: "left_out" }).pipe(
      Layer.provideMerge(machine(root, builtinTools)),
      Layer.provideMerge(NodeServices.layer),
      Layer.provide(Layer.succeed(LoraBackend, backend))
    )
  )
  const { promptIds, sample } = Context.get(services, Model)
  const sandbox = Context.get(services, ToolSandbox)
  const ask = Effect.fnUntraced(function*(conversation: ReadonlyArray<Message>) {
    const chunks = yield* Stream.runCollect(sample({ conversation, seed: 0 }))
    const last = chunks.at(-1)
    if (last?._tag === "Finished") return last.attempt
    return yield* new ModelError({ reason: "Unfinished", message: "The model stopped before finishing its turn." })
  })
  const asBefore = Effect.fnUntraced(function*(conversation: ReadonlyArray<Message>, before: Attempt) {
    const { topK = [] } = yield* backend.score({
      promptIds: before.promptIds,
      completionIds: before.ids,
      weights: currentWeights,
      reuse: true,
      topK: 1
    }).pipe(Effect.mapError(({ message }) => new ModelError({ reason: "Backend", message })))
    if (topK.every((row, t) => row[0]?.id === before.ids[t])) return true
    return sameTurn(readTurn(yield* ask(conversation)), readTurn(before))
  })
  const project: Project = { tools: sandbox.describe("brief").map(lessonTool), promptIds, ask, asBefore }
  return project
})
