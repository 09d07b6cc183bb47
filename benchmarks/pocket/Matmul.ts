import { Graph } from "../../trainers/pocket/engine/graph/Graph.ts"
import { product } from "../../trainers/pocket/engine/graph/Operations.ts"
import { serialize } from "../../trainers/pocket/engine/graph/Serialize.ts"
import type { GraphRuntime } from "../../trainers/pocket/engine/runtime/Runtime.ts"
import { time } from "./Timing.ts"

const SIZE = 512

/** A 512 x 512 by 512 x 512 float32 product on the given runtime; `run` gives its rate in GFLOP/s. */
export const matmulProbe = async (runtime: GraphRuntime) => {
  const graph = new Graph()
  const left = graph.input("left", "float32", [SIZE, SIZE])
  const right = graph.weight("right", [SIZE, SIZE], new Float32Array(SIZE * SIZE).fill(0.5))
  graph.output("result", product(graph, left, right), [SIZE, SIZE])
  const session = await runtime.load(serialize(graph.definition()))
  const feeds = { left: runtime.float(new Float32Array(SIZE * SIZE).fill(0.25), [SIZE, SIZE]) }
  const once = () => session.run(feeds, ["result"])
  await once()
  return {
    run: async (): Promise<number> => 2 * SIZE ** 3 / (await time(once)) / 1e6,
    release: session.release
  }
}
