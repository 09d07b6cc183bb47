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

type PerToken = Readonly<Partial<Record<typeof perTokenOutputs[number], Value>>>

/** The terms of a loss beside the log-probability's. */
export type LossTerm = "reverseKl" | "forwardKl" | "jsd" | "baseKl"

const ALL: ReadonlyArray<LossTerm> = ["reverseKl", "forwardKl", "jsd", "baseKl"]

/**
 *   sum_t ratio_t (wr_t KL(p||q) + wf_t KL(q||p) + wj_t JSD_a(p, q) + c_t log p(y_t)) + wb_t KL(p||base)
 *
 * over the C completion tokens y = `targets`. `teacher` (q) and `base` are log-probabilities [C, V]; `old` [C] are the
 * sampling log-probabilities. Everything but p is detached. Terms that are not asked for are left out, with what they read.
 */
export const lossTerms = (
  graph: Graph,
  config: ModelConfig,
  p: Distribution,
  targets: Value,
  terms: ReadonlyArray<LossTerm> = ALL
): { readonly loss: Value; readonly values: PerToken } => {
  const vocabulary = config.vocabularySize
  const perToken = (name: string) => graph.input(name, "float32", ["C"])
  const rows = (name: string) => graph.input(name, "float32", ["C", vocabulary])
  const has = (term: LossTerm) => terms.includes(term)
  const old = perToken("old")
  const teacher = has("reverseKl") || has("forwardKl") || has("jsd") ? rows("teacher") : undefined
  const base = has("baseKl") ? rows("base") : undefined
  const alpha = has("jsd") ? graph.input("alpha", "float32", []) : undefined
  const ratioMin = graph.input("ratioMin", "float32", [])
  const ratioMax = graph.input("ratioMax", "float32", [])

  const logProb = targetLogProbs(graph, p, targets, vocabulary)
  const ratio = importanceRatio(graph, logProb, old, ratioMin, ratioMax)
  const values: PerToken = {
    logProb,
    ratio,
    ...(teacher !== undefined && has("reverseKl") ? { reverseKl: reverseKl(graph, p, teacher) } : {}),
    ...(teacher !== undefined && has("forwardKl") ? { forwardKl: forwardKl(graph, p, teacher) } : {}),
    ...(teacher !== undefined && alpha !== undefined ? { jsd: jensenShannon(graph, p, teacher, alpha) } : {}),
    ...(base === undefined ? {} : { baseKl: reverseKl(graph, p, base) })
  }
  const weighted = (weight: string, value: Value | undefined, withRatio = true) =>
    value === undefined
      ? []
      : [
        weightedSum(graph, withRatio ? graph.emit("Mul", [perToken(weight), ratio]) : perToken(weight), value)
      ]
  const loss = [
    ...weighted("reverseWeight", values.reverseKl),
    ...weighted("forwardWeight", values.forwardKl),
    ...weighted("jsdWeight", values.jsd),
    ...weighted("logProbWeight", values.logProb),
    ...weighted("baseWeight", values.baseKl, false)
  ].reduce((sum, term) =>
    graph.differentiable(graph.emit("Add", [sum, term]), [sum, term], (gradient) => [gradient, gradient])
  )
  return { loss, values }
}

export const outputLoss = (graph: Graph, loss: Value, values: PerToken): void => {
  for (const name of perTokenOutputs) {
    const value = values[name]
    if (value !== undefined) graph.output(name, value, ["C"])
  }
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

/**
 * The same with the gradient in the logits that `student` was made of, `toLogits` [C, V], for some of the terms. Large
 * vocabularies make each term cost something.
 */
export const lossGradientGraph = (config: ModelConfig, terms: ReadonlyArray<LossTerm>): GraphDefinition => {
  const graph = new Graph()
  const { vocabularySize } = config
  const targets = graph.input("targets", "int32", ["C"])
  const student = graph.input("student", "float32", ["C", vocabularySize], true)
  const { loss, values } = lossTerms(graph, config, known(graph, student), targets, terms)
  outputLoss(graph, loss, values)
  graph.output("toLogits", graph.gradients(loss, [student])[0]!, ["C", vocabularySize])
  return graph.definition()
}
