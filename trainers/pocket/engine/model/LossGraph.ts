import type { GraphDefinition } from "../graph/Definition.ts"
import { Graph, type Value } from "../graph/Graph.ts"
import {
  type Distribution,
  forwardKl,
  importanceRatio,
  jensenShannon,
  known,
  reverseKl,
  targetLogProbs,
  weightedSum
} from "../graph/Losses.ts"
import type { ModelConfig } from "../../../models/ModelConfig.ts"

/** Names of the per-token results of a loss, each [C]. */
export const perTokenOutputs = ["logProb", "reverseKl", "forwardKl", "jsd", "baseKl", "ratio"] as const

/** Names of the per-token weight vectors of a loss, each [C]. */
export const weightInputs = ["reverseWeight", "forwardWeight", "jsdWeight", "logProbWeight", "baseWeight"] as const

type PerToken = Readonly<Record<typeof perTokenOutputs[number], Value>>

/**
 *   sum_t ratio_t (wr_t KL(p||q) + wf_t KL(q||p) + wj_t JSD_a(p, q) + c_t log p(y_t)) + wb_t KL(p||base)
 *
 * over the C completion tokens y = `targets`. `teacher` (q) and `base` are log-probabilities [C, V]; `old` [C] are the
 * sampling log-probabilities. Everything but p is detached.
 */
export const lossTerms = (
  graph: Graph,
  config: ModelConfig,
  p: Distribution,
  targets: Value
): { readonly loss: Value; readonly values: PerToken } => {
  const vocabulary = config.vocabularySize
  const perToken = (name: string) => graph.input(name, "float32", ["C"])
  const old = perToken("old")
  const [reverseWeight, forwardWeight, jsdWeight, logProbWeight, baseWeight] = weightInputs.map(perToken)
  const teacher = graph.input("teacher", "float32", ["C", vocabulary])
  const base = graph.input("base", "float32", ["C", vocabulary])
  const alpha = graph.input("alpha", "float32", [])
  const ratioMin = graph.input("ratioMin", "float32", [])
  const ratioMax = graph.input("ratioMax", "float32", [])

  const logProb = targetLogProbs(graph, p, targets, vocabulary)
  const ratio = importanceRatio(graph, logProb, old, ratioMin, ratioMax)
  const values = {
    logProb,
    reverseKl: reverseKl(graph, p, teacher),
    forwardKl: forwardKl(graph, p, teacher),
    jsd: jensenShannon(graph, p, teacher, alpha),
    baseKl: reverseKl(graph, p, base),
    ratio
  }
  const weighted = (weight: Value | undefined, value: Value) =>
    weightedSum(graph, graph.emit("Mul", [weight, ratio]), value)
  const loss = [
    weighted(reverseWeight, values.reverseKl),
    weighted(forwardWeight, values.forwardKl),
    weighted(jsdWeight, values.jsd),
    weighted(logProbWeight, values.logProb),
    weightedSum(graph, baseWeight!, values.baseKl)
  ].reduce((sum, term) =>
    graph.differentiable(graph.emit("Add", [sum, term]), [sum, term], (gradient) => [gradient, gradient])
  )
  return { loss, values }
}

export const outputLoss = (graph: Graph, loss: Value, values: PerToken): void => {
  for (const name of perTokenOutputs) graph.output(name, values[name], ["C"])
  graph.output("loss", loss, [])
}

/** The loss of distributions that are known: `student` log-probabilities [C, V] in, values out. */
export const lossGraph = (config: ModelConfig): GraphDefinition => {
  const graph = new Graph()
  const targets = graph.input("targets", "int32", ["C"])
  const student = graph.input("student", "float32", ["C", config.vocabularySize])
  const { loss, values } = lossTerms(graph, config, known(graph, student), targets)
  outputLoss(graph, loss, values)
  return graph.definition()
}
