import { Graph } from "../../trainers/pocket/engine/graph/Graph.ts"
import { quantizedProduct } from "../../trainers/pocket/engine/graph/Quantized.ts"
import { serialize } from "../../trainers/pocket/engine/graph/Serialize.ts"
import { emptyBlocks, quantizedMatrix } from "../../trainers/pocket/engine/turn/Quantize.ts"
import { loadRuntime } from "../../trainers/pocket/engine/runtime/Load.ts"

/** What this machine's products reach, GFLOP/s: 64 rows through a matrix of 1536 by 8960. */
export interface Rates {
  readonly float32: number
  readonly fourBit: number
  readonly eightBit: number
}

const ROWS = 64
const INPUTS = 1536
const OUT = 8960
const TRIES = 8

/** The best of some tries, on all threads. */
export const measureRates = async (threads: number): Promise<Rates> => {
  const runtime = await loadRuntime({ kind: "native", threads })
  const rate = async (bits: 4 | 8 | 32): Promise<number> => {
    const graph = new Graph()
    const x = graph.input("x", "float32", ["S", INPUTS])
    const y = bits === 32
      ? graph.emit("MatMul", [x, graph.weight("w", [INPUTS, OUT], new Float32Array(INPUTS * OUT).fill(0.01))])
      : quantizedProduct(graph, x, quantizedMatrix("w", emptyBlocks(OUT, INPUTS, bits)), { int8: true })
    graph.output("y", y, ["S", OUT])
    const session = await runtime.load(serialize(graph.definition()))
    const input = runtime.float(new Float32Array(ROWS * INPUTS).fill(0.5), [ROWS, INPUTS])
    let best = Infinity
    for (let count = 0; count < TRIES; count++) {
      const start = performance.now()
      await session.run({ x: input }, ["y"])
      best = Math.min(best, performance.now() - start)
    }
    await session.release()
    return 2 * ROWS * INPUTS * OUT / best / 1e6
  }
  return { float32: await rate(32), fourBit: await rate(4), eightBit: await rate(8) }
}
