import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { SampledToken, SampleRequest } from "../../core/LoraBackend.ts"
import { BackendError, LoraBackend } from "../../core/LoraBackend.ts"

/** One token per UTF-16 unit; 0 ends a turn. Messages render as `<role>content</role>`, tools as their names. */
export const fakeTokenizer: LoraBackend["Service"]["tokenizer"] = {
  encode: (text) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)),
  decode: (ids) => String.fromCharCode(...ids.filter((id) => id !== 0)),
  encodeChat: (messages, tools) =>
    fakeTokenizer.encode(
      `[${tools.map((tool) => tool.function.name).join()}]`
        + messages.map(({ content, role }) => `<${role}>${content}</${role}>`).join("")
        + "<assistant>"
    ),
  stopIds: [0]
}

export interface FakeBackendOptions {
  /** What the model says, turn by turn; after the last it says "Done.". A function sees the prompt and the revision. */
  readonly script: ReadonlyArray<string | ((prompt: string, revision: number) => string)>
  readonly contextLength?: number
  readonly rank?: number
  /** Every sample request made, in order. */
  readonly samples?: Array<SampleRequest>
  /** Names of folders exported to. */
  readonly exports?: Array<string>
}

/**
 * A backend whose adapter is one number, its revision: `update` counts it up, `snapshot` is that number. Sampling says what
 * the script says.
 */
export const fakeBackend = (options: FakeBackendOptions): Layer.Layer<LoraBackend> =>
  Layer.effect(
    LoraBackend,
    Effect.gen(function*() {
      const revision = yield* Ref.make(0)
      const turn = yield* Ref.make(0)
      const rank = options.rank ?? 16
      const unused = Effect.die(new Error("not part of the fake"))

      return LoraBackend.of({
        info: {
          backend: "fake",
          engine: "none",
          modelName: "scripted",
          modelIdentity: "model-a",
          contextLength: options.contextLength ?? 100_000,
          vocabularySize: 65_536,
          lora: { rank, alpha: 32, targets: ["q_proj"] },
          capabilities: { fullDistribution: false, topK: 0, shadows: false, streaming: true, training: true }
        },
        tokenizer: fakeTokenizer,
        revision: Ref.get(revision),
        sample: (request) =>
          Stream.unwrap(Effect.gen(function*() {
            options.samples?.push(request)
            const entry = options.script[yield* Ref.getAndUpdate(turn, (n) => n + 1)] ?? "Done."
            const text = typeof entry === "string"
              ? entry
              : entry(fakeTokenizer.decode(request.promptIds), yield* Ref.get(revision))
            const ids = fakeTokenizer.encode(text).slice(0, request.maxTokens)
            const tokens: Array<SampledToken> = ids.map((id) => ({ id, logProb: -0.5, text: String.fromCharCode(id) }))
            const finished: SampledToken | undefined = ids.length < text.length ? undefined : {
              id: 0,
              logProb: -0.1,
              text: "",
              finish: "stop"
            }
            const last = tokens.at(-1)
            return Stream.fromIterable(
              finished !== undefined || last === undefined
                ? [...tokens, ...(finished === undefined ? [] : [finished])]
                : [...tokens.slice(0, -1), { ...last, finish: "length" as const }]
            )
          })),
        score: ({ completionIds }) => Effect.succeed({ logProbs: completionIds.map(() => -0.5) }),
        evaluate: () => unused,
        forwardBackward: () => unused,
        update: () =>
          Ref.updateAndGet(revision, (n) => n + 1).pipe(
            Effect.map((n) => ({ gradientNorm: 1, updateNorm: 1, revision: n }))
          ),
        discard: Effect.void,
        blendShadow: () => Effect.void,
        snapshot: Ref.get(revision).pipe(Effect.map((n) => Uint8Array.from([rank, n]))),
        restore: (bytes) =>
          bytes[0] === rank
            ? Ref.set(revision, bytes[1] ?? 0)
            : Effect.fail(
              new BackendError({ reason: "Snapshot", message: `the adapter has rank ${bytes[0]}, not ${rank}.` })
            ),
        reset: () => Ref.set(revision, 0),
        exportPeft: (directory) => Effect.sync(() => void options.exports?.push(directory)),
        importPeft: () => Effect.void
      })
    })
  )
