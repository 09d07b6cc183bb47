import { readFile } from "node:fs/promises"
import type * as Web from "onnxruntime-web"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"
import { messageOf } from "../../../../core/MessageOf.ts"
import { onnxRuntime, type OrtModule } from "./OnnxRuntime.ts"
import type { GraphRuntime, RuntimeKind, RuntimeOptions } from "./Runtime.ts"

/**
 * Threads that help and do no harm where the person named none. On two cores, which often share one, the second thread gains
 * 5 % and takes the core from everything else; WebAssembly's threads wait by spinning and starve a busy machine.
 */
export const defaultThreads: Readonly<Record<RuntimeKind, number>> = {
  native: availableParallelism() > 2 ? 2 : 1,
  wasm: 1
}

const firstLine = (cause: unknown): string => messageOf(cause).split("\n")[0]!

/** onnxruntime-node: ONNX Runtime's native library on the CPU. */
const loadNative = async (threads = defaultThreads.native): Promise<GraphRuntime> => {
  const module: { readonly default?: OrtModule } & OrtModule = await import("onnxruntime-node")
  return onnxRuntime(module.default ?? module, "native", threads, "onnxruntime-node cpu")
}

/**
 * Where onnxruntime-web's WebAssembly build lies: beside this file in the published package, which holds the three files it
 * needs, else in the package they come from.
 */
const webRuntime = (): { readonly module: string; readonly binary: string } => {
  const beside = (name: string) => new URL(`./onnxruntime-web/${name}`, import.meta.url)
  const binary = "ort-wasm-simd-threaded.wasm"
  return existsSync(beside(binary))
    ? { module: beside("ort.node.min.mjs").href, binary: fileURLToPath(beside(binary)) }
    : {
      module: "onnxruntime-web",
      binary: createRequire(import.meta.url).resolve(`onnxruntime-web/${binary}`)
    }
}

/** onnxruntime-web's WebAssembly build; the package's build for Node, because the others fetch their threads by URL. */
const loadWasm = async (threads = defaultThreads.wasm): Promise<GraphRuntime> => {
  const web = webRuntime()
  const names: typeof Web & { readonly default?: typeof Web } = await import(web.module)
  const ort = names.default ?? names
  // V8 optimises functions as large as ONNX Runtime's kernels in parallel and keeps the memory: 90 MiB more than one after the other.
  setFlagsFromString("--wasm-num-compilation-tasks=1")
  ort.env.wasm.numThreads = threads
  ort.env.wasm.wasmBinary = new Uint8Array(await readFile(web.binary)).buffer
  return onnxRuntime(ort, "wasm", threads, "onnxruntime-web wasm")
}

/**
 * Loads the runtime that `kind` asks for. With `auto` the reason why the native library did not load is kept in the name, so
 * that a slow fallback can be explained.
 */
export const loadRuntime = async ({ kind, threads }: RuntimeOptions): Promise<GraphRuntime> => {
  if (kind === "wasm") return loadWasm(threads)
  try {
    return await loadNative(threads)
  } catch (cause) {
    if (kind === "native") {
      throw new Error(
        `onnxruntime-node did not load (${firstLine(cause)}); reinstall it or choose the wasm runtime`,
        { cause }
      )
    }
    const wasm = await loadWasm(threads)
    return { ...wasm, name: `${wasm.name} (native library unavailable: ${firstLine(cause)})` }
  }
}
