import { createHash } from "node:crypto"
import { type AdaptedModule, adaptedModules, type LoraSpec } from "../model/LoraSpec.ts"
import type { ModelConfig } from "../../../models/ModelConfig.ts"
import { makeRandom } from "../../../../core/Random.ts"

/** Where one matrix lies in the flat vector of adapter parameters. */
export interface AdapterTensor {
  readonly module: AdaptedModule
  readonly part: "A" | "B"
  /** [rank, in] for A, [out, rank] for B. */
  readonly shape: readonly [number, number]
  readonly offset: number
  readonly size: number
}

/** The adapter's parameters as one float32 vector: A then B of each adapted module. */
export interface AdapterLayout {
  readonly tensors: ReadonlyArray<AdapterTensor>
  readonly size: number
}

export const adapterLayout = (config: ModelConfig, lora: LoraSpec): AdapterLayout => {
  let offset = 0
  const tensors = adaptedModules(config, lora).flatMap((module) =>
    (["A", "B"] as const).map((part): AdapterTensor => {
      const shape = part === "A" ? [lora.rank, module.in] as const : [module.out, lora.rank] as const
      const tensor = { module, part, shape, offset, size: shape[0] * shape[1] }
      offset += tensor.size
      return tensor
    })
  )
  return { tensors, size: offset }
}

/**
 * Everything training changes. Vectors are never written in place: an operation builds new ones and swaps them in when it
 * has succeeded, so a failure leaves the state as it was.
 */
export interface AdapterState {
  readonly parameters: Float32Array
  /** Adam's running means of the gradient and its square. */
  readonly firstMoment: Float32Array
  readonly secondMoment: Float32Array
  /** Optimiser updates so far. */
  readonly revision: number
  readonly shadows: ReadonlyMap<string, Float32Array>
}

/** A fresh adapter as PEFT makes it: A uniform in +-1/sqrt(in) (Kaiming with a = sqrt(5)), B zero. */
export const freshState = (layout: AdapterLayout, seed: number): AdapterState => {
  const random = makeRandom(seed)
  const parameters = new Float32Array(layout.size)
  for (const { offset, part, shape, size } of layout.tensors) {
    if (part === "B") continue
    const bound = 1 / Math.sqrt(shape[1])
    for (let index = 0; index < size; index++) parameters[offset + index] = bound * (2 * random.uniform() - 1)
  }
  return withParameters(layout, parameters)
}

/** An adapter with given parameters and an empty optimiser. */
export const withParameters = (layout: AdapterLayout, parameters: Float32Array): AdapterState => ({
  parameters,
  firstMoment: new Float32Array(layout.size),
  secondMoment: new Float32Array(layout.size),
  revision: 0,
  shadows: new Map()
})

/** Whether an adapter changes nothing: all its B are zero. */
export const isBase = ({ tensors }: AdapterLayout, parameters: Float32Array): boolean =>
  tensors.every(({ offset, part, size }) =>
    part === "A" || parameters.subarray(offset, offset + size).every((value) => value === 0)
  )

/** Equal for equal bytes: what caches of results under these weights are kept by. */
export const fingerprint = (parameters: Float32Array): string =>
  createHash("sha1").update(new Uint8Array(parameters.buffer, parameters.byteOffset, parameters.byteLength)).digest(
    "hex"
  )

/** (1 - rate) * shadow + rate * parameters, element-wise; a missing shadow is zero. */
export const blend = (shadow: Float32Array | undefined, parameters: Float32Array, rate: number): Float32Array =>
  parameters.map((value, index) => (1 - rate) * (shadow?.[index] ?? 0) + rate * value)
