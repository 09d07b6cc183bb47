import type * as Ort from "onnxruntime-common"
import type { GraphRuntime, LoadOptions, RuntimeKind, RuntimeTensor, TensorData } from "./Runtime.ts"

/** The part of ONNX Runtime's JavaScript API that both packages share. */
export interface OrtModule {
  readonly InferenceSession: typeof Ort.InferenceSession
  readonly Tensor: typeof Ort.Tensor
}

/**
 * Memory patterns assume that lengths repeat; ours never do, and they cost memory. Spinning threads steal the core from
 * whatever else the machine runs.
 */
const sessionOptions = (
  kind: RuntimeKind,
  threads: number,
  { arena = true, folder }: LoadOptions
): Ort.InferenceSession.SessionOptions => ({
  executionProviders: [kind === "native" ? "cpu" : "wasm"],
  ...(kind === "native" ? { intraOpNumThreads: threads, interOpNumThreads: 1 } : {}),
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  enableMemPattern: false,
  enableCpuMemArena: arena,
  logSeverityLevel: 3,
  extra: {
    session: {
      intra_op: { allow_spinning: "0" },
      inter_op: { allow_spinning: "0" },
      ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder })
    }
  }
})

/** WebAssembly has a memory of its own and cannot write into ours. */
const fetches = (
  kind: RuntimeKind,
  outputs: ReadonlyArray<string>,
  into: Readonly<Record<string, RuntimeTensor>>
): Ort.InferenceSession.FetchesType => ({
  ...Object.fromEntries(outputs.map((name) => [name, null])),
  ...(kind === "native"
    ? into as unknown as Ort.InferenceSession.FetchesType
    : Object.fromEntries(Object.keys(into).map((name) => [name, null])))
} as Ort.InferenceSession.FetchesType)

/** Wraps one of ONNX Runtime's packages. */
export const onnxRuntime = (ort: OrtModule, kind: RuntimeKind, threads: number, name: string): GraphRuntime => {
  const wrap = (type: "float32" | "int32" | "int64", data: TensorData, dims: ReadonlyArray<number>): RuntimeTensor =>
    new ort.Tensor(type, data as never, dims) as unknown as RuntimeTensor
  return {
    name,
    kind,
    load: async (model, options = {}) => {
      const session = await ort.InferenceSession.create(model, sessionOptions(kind, threads, options))
      return {
        inputs: session.inputNames,
        outputs: session.outputNames,
        run: async (feeds, outputs, into) =>
          await session.run(
            feeds as unknown as Ort.InferenceSession.FeedsType,
            into === undefined ? outputs : fetches(kind, outputs, into)
          ) as unknown as Readonly<Record<string, RuntimeTensor>>,
        release: () => session.release()
      }
    },
    float: (data, dims) => wrap("float32", data, dims),
    int32: (data, dims) => wrap("int32", data, dims),
    int64: (data, dims) => wrap("int64", data, dims)
  }
}
