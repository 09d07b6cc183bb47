import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { loraModel } from "../../core/LoraModel.ts"
import { wantedIn } from "../../core/loop/Instead.ts"
import { Model } from "../../core/Model.ts"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { callOf, readTurn, said } from "../../core/Turn.ts"
import { allTools } from "../../tools/index.ts"
import { pocket } from "../../trainers/pocket/index.ts"
import { machine } from "../Machine.ts"
import type { Task } from "./Tasks.ts"

/**
 * What a first answer came to: `right`, a call that begins the task well; `other`, one that can run but does not; `wrong`, a
 * call that cannot run, by its arguments or as it is known to fail; `invented`, one of a tool that is not there; `unreadable`;
 * `words`.
 */
export type Kind = "right" | "other" | "wrong" | "invented" | "unreadable" | "words"

export interface Answer {
  readonly task: string
  readonly kind: Kind
  /** Where the answer is no call that can run: whether the call that it may have meant, which one key makes the wanted one, is right. */
  readonly offered?: "right" | "other"
  readonly text: string
  readonly promptTokens: number
  readonly tokens: number
  /** From the task to the end of the answer, and to its first token. */
  readonly ms: number
  readonly firstMs: number
}

export interface Arm {
  readonly model: string
  readonly maxTokens: number
  readonly constrain: boolean
  readonly example: boolean
}

const offerOf = Effect.fnUntraced(function*(text: string, isRight: Task["isRight"]) {
  const wanted = yield* wantedIn(said(text))
  return wanted === undefined ? {} : { offered: isRight(wanted) ? "right" as const : "other" as const }
})

const kindOf = Effect.fnUntraced(function*(text: string, isRight: Task["isRight"]) {
  const sandbox = yield* ToolSandbox
  const turn = readTurn({ ids: [], text })
  if (turn.parsed._tag === "Words") return "words" as const
  const asked = callOf(turn)
  if (asked === undefined) return "unreadable" as const
  const call = { id: "", ...asked }
  const problem = sandbox.problem(call)
  if (problem !== undefined) return problem.startsWith("There is no tool") ? "invented" as const : "wrong" as const
  const prospect = yield* sandbox.preview(call)
  if (prospect._tag === "WouldFail") return "wrong" as const
  return isRight(asked) ? "right" as const : "other" as const
})

/** The greedy first answer to each task in a fresh conversation, in the project at `root`. */
export const askAll = (
  root: string,
  arm: Arm,
  tasks: ReadonlyArray<Task>
): Effect.Effect<ReadonlyArray<Answer>, unknown> => {
  const backend = pocket({ modelDirectory: arm.model })
  const layers = loraModel({
    temperature: 0,
    topP: 1,
    maxTokens: arm.maxTokens,
    constrain: arm.constrain,
    example: arm.example
  }).pipe(
    Layer.provideMerge(Layer.merge(backend, machine(root, allTools))),
    Layer.provideMerge(NodeServices.layer)
  )
  return Effect.gen(function*() {
    const model = yield* Model
    const { tokenizer } = yield* LoraBackend
    return yield* Effect.forEach(tasks, ({ isRight, text: task }) =>
      Effect.gen(function*() {
        const conversation = [{ _tag: "User", text: task }] as const
        const start = yield* Clock.currentTimeMillis
        let firstMs: number | undefined
        let text = ""
        let ids: ReadonlyArray<number> = []
        yield* model.sample({ conversation, seed: 0 }).pipe(Stream.runForEach((chunk) =>
          Effect.gen(function*() {
            firstMs ??= (yield* Clock.currentTimeMillis) - start
            if (chunk._tag !== "Finished") return
            text = tokenizer.decode(chunk.attempt.ids)
            ids = chunk.attempt.ids
          })
        ))
        const kind = yield* kindOf(text, isRight)
        const answer: Answer = {
          task,
          kind,
          ...(kind === "right" || kind === "other" ? {} : yield* offerOf(text, isRight)),
          text,
          promptTokens: (yield* model.promptIds(conversation)).length,
          tokens: ids.length,
          ms: (yield* Clock.currentTimeMillis) - start,
          firstMs: firstMs ?? 0
        }
        return answer
      }))
  }).pipe(Effect.scoped, Effect.provide(layers))
}
