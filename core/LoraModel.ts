import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { anotherTurn } from "./AnotherTurn.ts"
import type { Message } from "./domain/Message.ts"
import { sampleHeld } from "./HeldSampling.ts"
import type { BackendError, SampleRequest } from "./LoraBackend.ts"
import { LoraBackend } from "./LoraBackend.ts"
import { currentWeights } from "./Weights.ts"
import type { ModelChunk } from "./Model.ts"
import { Model, ModelError } from "./Model.ts"
import { callGrammar } from "./prompt/calls/Grammar.ts"
import { bareCallText, exampleCall } from "./prompt/CallExample.ts"
import { changingReask } from "./prompt/Reask.ts"
import { chatMessage } from "./prompt/ChatMessages.ts"
import { withoutDeniedCalls } from "./prompt/DeniedCalls.ts"
import { fitConversation } from "./prompt/FitConversation.ts"
import { fitInstructions } from "./prompt/InstructionsText.ts"
import { LISTING_LIMIT, systemPrompt } from "./prompt/SystemPrompt.ts"
import { ToolSandbox } from "./ToolSandbox.ts"
import { Workspace } from "./Workspace.ts"

/** Models with a window up to this many tokens get one sentence per tool, and so do those that read slowly. */
const BRIEF_TOOLS_UP_TO = 8192
/** Models with a window of more tokens than this read the project's instructions, and what was done in turns that are left out. */
const INSTRUCTED_ABOVE = 4096

export interface Sampling {
  /** 0 is greedy. */
  readonly temperature: number
  readonly topP: number
  /** Tokens of one turn at most; half the context window is the upper bound. */
  readonly maxTokens: number
  /** Shows the form of a call in the system prompt of models that read slowly, which are small ones. Default false. */
  readonly example?: boolean
  /** Changes what the model is told from try to try after turns that could not be used. Default false: always the same words. */
  readonly changingReask?: boolean
  /** Holds calls that have begun to the grammar of the tools, where the backend lists likely tokens. Default false. */
  readonly constrain?: boolean
  /** Whether the model reads the calls that were denied, or only their corrections. Default `shown`. */
  readonly deniedCalls?: "shown" | "left_out"
}

const modelError = (error: BackendError): ModelError =>
  error.reason === "ContextTooLong"
    ? new ModelError({
      reason: "ContextTooLong",
      message: `${error.message} Start over with /clear, or lower max_tokens.`,
      cause: error
    })
    : new ModelError({ reason: "Backend", message: error.message, cause: error })

/**
 * The Model derived from a LoraBackend: renders system prompt, tools and conversation through the backend's chat template,
 * fits them to the window and samples under the current adapter. The system prompt is computed once, so that every prompt
 * of a session starts with the same tokens.
 */
export const loraModel = (
  sampling: Sampling
): Layer.Layer<Model, never, LoraBackend | ToolSandbox | Workspace> =>
  Layer.effect(
    Model,
    Effect.gen(function*() {
      const backend = yield* LoraBackend
      const sandbox = yield* ToolSandbox
      const workspace = yield* Workspace
      const { capabilities, contextLength } = backend.info
      const isBrief = contextLength <= BRIEF_TOOLS_UP_TO || capabilities.readsSlowly === true
      const tools = sandbox.describe(isBrief ? "brief" : "full")
      const maxTokens = Math.min(sampling.maxTokens, Math.floor(contextLength / 2))
      const budget = contextLength - maxTokens
      const instructed = contextLength > INSTRUCTED_ABOVE
      const { notice, texts } = fitInstructions(
        instructed ? yield* workspace.instructions : [],
        Math.floor(budget / 4),
        (text) => backend.tokenizer.encode(text).length
      )
      const example = sampling.example === true && capabilities.readsSlowly === true ? exampleCall(tools) : undefined
      const system = {
        role: "system",
        content: systemPrompt(
          yield* workspace.listing(LISTING_LIMIT),
          texts,
          example === undefined ? undefined : bareCallText(example)
        )
      } as const

      const read = sampling.deniedCalls === "left_out"
        ? withoutDeniedCalls
        : (messages: ReadonlyArray<Message>) => messages
      const encode = (conversation: ReadonlyArray<Message>): ReadonlyArray<number> =>
        backend.tokenizer.encodeChat([system, ...read(conversation).map(chatMessage)], tools)

      const standing = sampling.constrain === true && backend.info.capabilities.topK >= 2
        ? callGrammar(sandbox.describe("full"))
        : undefined
      const sampleTokens = (request: SampleRequest) =>
        standing === undefined ? backend.sample(request) : sampleHeld(backend, request, standing)

      const prompt = Effect.fn("Model.promptIds")(function*(conversation: ReadonlyArray<Message>) {
        const whole = encode(conversation)
        if (whole.length <= budget) return { ids: whole, shortened: 0, dropped: 0 }
        const fitted = fitConversation(
          conversation,
          (messages) => encode(messages).length <= budget,
          { summarised: instructed }
        )
        if (fitted === undefined) {
          return yield* new ModelError({
            reason: "ContextTooLong",
            message: `The notes, corrections and current task alone need more than ${budget} tokens, which is what the `
              + `context of ${contextLength} leaves. Start over with /clear, or lower max_tokens.`
          })
        }
        return { ids: encode(fitted.messages), shortened: fitted.shortened, dropped: fitted.dropped }
      })
      const promptIds = (conversation: ReadonlyArray<Message>) => Effect.map(prompt(conversation), ({ ids }) => ids)

      const sample = (request: { readonly conversation: ReadonlyArray<Message>; readonly seed: number }) =>
        Stream.unwrap(Effect.gen(function*() {
          const { dropped, ids, shortened } = yield* prompt(request.conversation)
          const sampled: { ids: Array<number>; logProbs: Array<number>; text: string } = {
            ids: [],
            logProbs: [],
            text: ""
          }
          const prompted: ModelChunk = {
            _tag: "Prompted",
            context: { tokens: ids.length, of: budget, shortened, dropped }
          }
          const turn: Stream.Stream<ModelChunk, ModelError> = sampleTokens({
            promptIds: ids,
            maxTokens,
            temperature: sampling.temperature,
            topP: sampling.topP,
            seed: request.seed,
            weights: currentWeights
          }).pipe(
            Stream.mapError(modelError),
            Stream.flatMap((token) => {
              sampled.ids.push(token.id)
              sampled.logProbs.push(token.logProb)
              sampled.text += token.text
              const chunks: Array<ModelChunk> = token.text === "" ? [] : [{ _tag: "Delta", text: token.text }]
              if (token.finish !== undefined) {
                chunks.push({ _tag: "Finished", finish: token.finish, attempt: { ...sampled, promptIds: ids } })
              }
              return Stream.fromIterable(chunks)
            })
          )
          return Stream.concat(Stream.succeed(prompted), turn)
        })).pipe(Stream.withSpan("Model.sample"))

      const told = notice === undefined ? [] : [Stream.succeed(notice)]
      const beside = [...told, ...(backend.notices === undefined ? [] : [backend.notices])]
      return Model.of({
        name: backend.info.modelName,
        promptIds,
        ...(sampling.changingReask === true ? { reask: changingReask(tools) } : {}),
        sample,
        another: (request) => Effect.mapError(anotherTurn(backend, { ...request, maxTokens }), modelError),
        ...(beside.length === 0 ? {} : { notices: Stream.mergeAll(beside, { concurrency: beside.length }) })
      })
    })
  )
