import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import {
  BackendError,
  type Capabilities,
  LoraBackend,
  type SampledToken,
  type SampleRequest
} from "../../core/LoraBackend.ts"
import type { Weights } from "../../core/Weights.ts"
import type { LossReport } from "../../core/Loss.ts"
import { type AdamState, adamW, emptyAdamState, norm } from "./ReferenceAdamW.ts"
import { argmax, entropy, logSoftmax } from "../../trainers/math/LogSoftmax.ts"
import { seeded } from "./Seeded.ts"
import { emaUpdate } from "../oracle/Teacher.ts"
import { topIndices } from "../oracle/TopK.ts"
import { distributions, lossAndGradient } from "./ReferenceLoss.ts"
import {
  A_SIZE,
  activeFeatures,
  FEATURES,
  freshAdapter,
  nextLogProbs,
  PARAMETERS,
  RANK,
  SCALE,
  tokenizer,
  V,
  vocabulary
} from "./ReferenceModel.ts"
import { readSafetensors, writeSafetensors } from "./Safetensors.ts"

const CONTEXT = 1024
const A_NAME = "base_model.model.lm_head.lora_A.weight"
const B_NAME = "base_model.model.lm_head.lora_B.weight"

interface State {
  readonly adapter: Float64Array
  readonly adam: AdamState
  readonly revision: number
  readonly shadows: ReadonlyMap<string, Float64Array>
}

const freshState = (seed: number): State => ({
  adapter: freshAdapter(seed),
  adam: emptyAdamState(PARAMETERS),
  revision: 0,
  shadows: new Map()
})

const SnapshotHeader = Schema.fromJsonString(Schema.Struct({
  revision: Schema.Int,
  step: Schema.Int,
  shadows: Schema.Array(Schema.String)
}))

const toBytes = (state: State): Uint8Array => {
  const names = [...state.shadows.keys()].sort()
  const head = new TextEncoder().encode(
    JSON.stringify({ revision: state.revision, step: state.adam.step, shadows: names })
  )
  const vectors = [state.adapter, state.adam.first, state.adam.second, ...names.map((name) => state.shadows.get(name)!)]
  const bytes = new Uint8Array(4 + head.length + vectors.length * PARAMETERS * 8)
  new DataView(bytes.buffer).setUint32(0, head.length, true)
  bytes.set(head, 4)
  vectors.forEach((vector, i) => bytes.set(new Uint8Array(vector.slice().buffer), 4 + head.length + i * PARAMETERS * 8))
  return bytes
}

const fromBytes = (bytes: Uint8Array): State => {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const header = Schema.decodeUnknownSync(SnapshotHeader)(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
  if (bytes.length !== 4 + length + (3 + header.shadows.length) * PARAMETERS * 8) throw new RangeError("wrong length")
  const vector = (i: number) => {
    const from = 4 + length + i * PARAMETERS * 8
    return new Float64Array(bytes.slice(from, from + PARAMETERS * 8).buffer)
  }
  return {
    adapter: vector(0),
    adam: { first: vector(1), second: vector(2), step: header.step },
    revision: header.revision,
    shadows: new Map(header.shadows.map((name, i) => [name, vector(3 + i)]))
  }
}

/** Token drawn from log-probabilities at a temperature, within the smallest nucleus that holds `topP` of the mass. */
const draw = (logP: Float64Array, { temperature, topP }: SampleRequest, uniform: () => number): number => {
  if (temperature === 0) return argmax(logP)
  const p = logSoftmax(logP, temperature).map(Math.exp)
  const nucleus: Array<number> = []
  let mass = 0
  for (const v of topIndices(p, V)) {
    nucleus.push(v)
    mass += p[v]!
    if (mass >= topP) break
  }
  let u = uniform() * mass
  for (const v of nucleus) {
    u -= p[v]!
    if (u < 0) return v
  }
  return nucleus.at(-1)!
}

const generate = (request: SampleRequest, adapter: Float64Array | undefined): ReadonlyArray<SampledToken> => {
  const random = seeded(request.seed)
  const context = [...request.promptIds]
  const out: Array<SampledToken> = []
  while (out.length < request.maxTokens) {
    const logP = nextLogProbs(activeFeatures(context), adapter)
    const next = draw(logP, request, random.uniform)
    const stop = tokenizer.stopIds.includes(next)
    const token = { id: next, logProb: logP[next]!, text: stop ? "" : tokenizer.decode([next]) }
    out.push(
      stop
        ? { ...token, finish: "stop" }
        : out.length + 1 === request.maxTokens
        ? { ...token, finish: "length" }
        : token
    )
    if (stop) break
    context.push(next)
  }
  return out
}

const failure = (reason: BackendError["reason"], message: string) => new BackendError({ reason, message })

/** The reference backend's layer. `capabilities` overrides what it admits to, to exercise the weaker estimators. */
export const referenceBackend = (capabilities?: Partial<Capabilities>): Layer.Layer<LoraBackend> =>
  Layer.effect(
    LoraBackend,
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const lock = yield* Semaphore.make(1)
      let state = freshState(0)
      let gradient: Float64Array | undefined

      const granted: Capabilities = {
        fullDistribution: true,
        topK: V,
        shadows: true,
        streaming: true,
        training: true,
        hiddenSize: FEATURES,
        ...capabilities
      }
      const resolve = (weights: Weights): Float64Array | undefined =>
        weights._tag === "Base"
          ? undefined
          : weights._tag === "Current"
          ? state.adapter
          : state.shadows.get(weights.name)

      const fits = (length: number): Effect.Effect<void, BackendError> =>
        length <= CONTEXT
          ? Effect.void
          : Effect.fail(
            failure("ContextTooLong", `${length} tokens, but the context holds ${CONTEXT}. Shorten the prompt.`)
          )

      const loss = (items: Parameters<typeof lossAndGradient>[0], keep: boolean) =>
        Effect.gen(function*() {
          for (const item of items) {
            yield* fits(item.promptIds.length + item.completionIds.length)
            if (item._tag === "Distill") {
              yield* fits(item.teacher.promptIds.length + item.completionIds.length)
              if (!granted.fullDistribution) {
                return yield* failure("Unsupported", "No full distributions here. Use the sampled-token estimator.")
              }
            }
          }
          const result = lossAndGradient(items, state.adapter, resolve)
          if (!keep) return { ...result.report, gradientNorm: 0 } satisfies LossReport
          const sum = gradient
          gradient = sum === undefined ? result.gradient : result.gradient.map((g, i) => g + sum[i]!)
          return { ...result.report, gradientNorm: norm(gradient) } satisfies LossReport
        }).pipe(lock.withPermit)

      return LoraBackend.of({
        info: {
          backend: "reference",
          engine: "float64",
          modelName: "reference",
          modelIdentity: "reference-1",
          contextLength: CONTEXT,
          vocabularySize: vocabulary.length,
          lora: { rank: RANK, alpha: SCALE * RANK, targets: ["lm_head"] },
          capabilities: granted
        },
        tokenizer,
        revision: Effect.sync(() => state.revision),
        sample: (request) =>
          Stream.unwrap(
            fits(request.promptIds.length + 1).pipe(
              Effect.map(() => Stream.fromIterable(generate(request, resolve(request.weights)))),
              lock.withPermit
            )
          ),
        score: ({ completionIds, promptIds, topK, weights }) =>
          fits(promptIds.length + completionIds.length).pipe(
            Effect.map(() => {
              const rows = distributions(promptIds, completionIds, resolve(weights))
              const k = Math.min(topK ?? 0, granted.topK)
              return {
                logProbs: rows.map((row, t) => row[completionIds[t]!]!),
                ...(granted.fullDistribution ? { entropies: rows.map(entropy) } : {}),
                ...(k > 0
                  ? { topK: rows.map((row) => topIndices(row, k).map((v) => ({ id: v, logProb: row[v]! }))) }
                  : {})
              }
            }),
            lock.withPermit
          ),
        hiddenStates: ({ completionIds, promptIds }) =>
          fits(promptIds.length + completionIds.length).pipe(
            Effect.map(() =>
              completionIds.map((_, t) => {
                const row = new Float32Array(FEATURES)
                for (const f of activeFeatures([...promptIds, ...completionIds.slice(0, t)])) row[f] = 1
                return row
              })
            ),
            lock.withPermit
          ),
        evaluate: (items) => loss(items, false),
        forwardBackward: (items) => loss(items, true),
        update: (options) =>
          Effect.gen(function*() {
            const g = gradient ?? new Float64Array(PARAMETERS)
            const next = adamW(state.adapter, g, state.adam, options)
            const sound = [g, next.weights, next.state.first, next.state.second].every((x) => x.every(Number.isFinite))
            if (!sound) return yield* failure("NonFinite", "The update is not finite. Lower the learning rate.")
            const updateNorm = norm(next.weights.map((w, i) => w - state.adapter[i]!))
            state = { ...state, adapter: next.weights, adam: next.state, revision: state.revision + 1 }
            gradient = undefined
            return { gradientNorm: norm(g), updateNorm, revision: state.revision }
          }).pipe(lock.withPermit),
        discard: Effect.sync(() => {
          gradient = undefined
        }).pipe(lock.withPermit),
        blendShadow: (name, rate) =>
          Effect.sync(() => {
            const shadow = emaUpdate(state.shadows.get(name) ?? new Float64Array(PARAMETERS), state.adapter, rate)
            state = { ...state, shadows: new Map([...state.shadows, [name, shadow]]) }
          }).pipe(lock.withPermit),
        snapshot: Effect.sync(() => toBytes(state)).pipe(lock.withPermit),
        restore: (bytes) =>
          Effect.try({
            try: () => {
              state = fromBytes(bytes)
              gradient = undefined
            },
            catch: () => failure("Snapshot", "These bytes are no snapshot of this model. Choose another snapshot.")
          }).pipe(lock.withPermit),
        reset: (seed) =>
          Effect.sync(() => {
            state = freshState(seed)
            gradient = undefined
          }).pipe(lock.withPermit),
        exportPeft: (directory) =>
          Effect.gen(function*() {
            const tensors = new Map([
              [A_NAME, { dtype: "F64" as const, shape: [RANK, FEATURES], data: state.adapter.slice(0, A_SIZE) }],
              [B_NAME, { dtype: "F64" as const, shape: [V, RANK], data: state.adapter.slice(A_SIZE) }]
            ])
            yield* fs.makeDirectory(directory, { recursive: true })
            yield* fs.writeFile(`${directory}/adapter_model.safetensors`, writeSafetensors(tensors))
            yield* fs.writeFileString(
              `${directory}/adapter_config.json`,
              JSON.stringify({ peft_type: "LORA", r: RANK, lora_alpha: SCALE * RANK, target_modules: ["lm_head"] })
            )
          }).pipe(
            Effect.mapError((error) => failure("ModelFiles", `${error.message}. Choose a folder that can be written.`)),
            lock.withPermit
          ),
        importPeft: (directory) =>
          fs.readFile(`${directory}/adapter_model.safetensors`).pipe(
            Effect.flatMap((bytes) =>
              Effect.try(() => {
                const tensors = readSafetensors(bytes)
                const adapter = new Float64Array(PARAMETERS)
                adapter.set(tensors.get(A_NAME)!.data)
                adapter.set(tensors.get(B_NAME)!.data, A_SIZE)
                state = { ...freshState(0), adapter }
                gradient = undefined
              })
            ),
            Effect.mapError(() =>
              failure("ModelFiles", `No adapter of this model in ${directory}. Choose another folder.`)
            ),
            lock.withPermit
          )
      })
    })
  ).pipe(Layer.provide(NodeFileSystem.layer))
