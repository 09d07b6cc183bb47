import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { resolve } from "node:path"
import { BackendError, LoraBackend, type SampledToken, type Tokenizer } from "../../core/LoraBackend.ts"
import { makeTextStream } from "../models/ChatTokenizer.ts"
import type { Supervisor } from "./process/Supervisor.ts"
import { floatRows, readArrays, topKRows } from "./protocol/Arrays.ts"
import { hiddenInput, lossInput, optimizerInput, scoreInput } from "./protocol/Wire.ts"

const unreadable = (problem: string): BackendError =>
  new BackendError({
    reason: "Internal",
    message: `The GPU backend's worker sent ${problem}. Nothing was changed; set it up again.`
  })

/** The contract in terms of a supervised worker and the model's tokenizer. */
export const backendOf = (
  supervisor: Supervisor,
  tokenizer: Tokenizer,
  notices: Stream.Stream<string>
): LoraBackend["Service"] => {
  const { call, opened } = supervisor
  const items = (list: Parameters<LoraBackend["Service"]["evaluate"]>[0]) => ({ items: list.map(lossInput) })
  return LoraBackend.of({
    info: {
      ...opened.info,
      capabilities: { ...opened.info.capabilities, ...(opened.device.device === "cpu" ? { readsSlowly: true } : {}) }
    },
    tokenizer,
    notices,
    revision: supervisor.revision,
    sample: (request) =>
      Stream.suspend(() => {
        const textOf = makeTextStream(tokenizer)
        return supervisor.sample(request).pipe(
          Stream.map((token): SampledToken => ({ ...token, text: textOf(token.id, token.finish !== undefined) }))
        )
      }),
    score: Effect.fn("gpu.score")(function*(request) {
      const { layout, payload, value } = yield* call("score", scoreInput(request))
      const k = request.topK ?? 0
      if (k === 0) return value
      const rows = Result.flatMap(
        readArrays(layout, payload),
        (arrays) => topKRows(arrays, request.completionIds.length, k)
      )
      return Result.isSuccess(rows) ? { ...value, topK: rows.success } : yield* unreadable(rows.failure)
    }),
    hiddenStates: Effect.fn("gpu.hiddenStates")(function*(request) {
      const { layout, payload } = yield* call("hiddenStates", hiddenInput(request))
      const { hiddenSize } = supervisor.opened.info.capabilities
      const rows = Result.flatMap(
        readArrays(layout, payload),
        (arrays) => floatRows(arrays, request.completionIds.length, hiddenSize)
      )
      return Result.isSuccess(rows) ? rows.success : yield* unreadable(rows.failure)
    }),
    evaluate: (list) => Effect.map(call("evaluate", items(list)), ({ value }) => value),
    forwardBackward: (list) => Effect.map(call("forwardBackward", items(list)), ({ value }) => value),
    update: (options) => Effect.map(call("update", optimizerInput(options)), ({ value }) => value),
    discard: Effect.ignore(call("discard", {})),
    blendShadow: (name, rate) => Effect.asVoid(call("blendShadow", { name, rate })),
    snapshot: Effect.map(call("snapshot", {}), ({ payload }) => payload),
    restore: (snapshot) => Effect.asVoid(call("restore", {}, snapshot)),
    reset: (seed) => Effect.asVoid(call("reset", { seed })),
    exportPeft: (directory) => Effect.asVoid(call("exportPeft", { directory: resolve(directory) })),
    importPeft: (directory) => Effect.asVoid(call("importPeft", { directory: resolve(directory) }))
  })
}
