import type { LossOutput } from "./LossInput.ts"
import type { perTokenOutputs } from "./model/LossGraph.ts"
import type { RuntimeTensor } from "./runtime/Runtime.ts"

/** Tensors by the name of their port. */
export type Tensors = Readonly<Record<string, RuntimeTensor>>

/** The numbers of a graph's output. */
export const floats = (tensor: RuntimeTensor | undefined): Float32Array => {
  if (!(tensor?.data instanceof Float32Array)) throw new Error("the graph returned no float32 tensor")
  return tensor.data
}

/** Loss and per-token values of `count` tokens; zeros where the graph gives none. */
export const lossOutput = (outputs: Tensors, count: number): LossOutput => {
  const values = (name: typeof perTokenOutputs[number]) =>
    outputs[name] === undefined ? new Float32Array(count) : floats(outputs[name])
  return {
    loss: floats(outputs["loss"])[0]!,
    perToken: {
      logProb: values("logProb"),
      reverseKl: values("reverseKl"),
      forwardKl: values("forwardKl"),
      jsd: values("jsd"),
      baseKl: values("baseKl"),
      ratio: values("ratio")
    }
  }
}
