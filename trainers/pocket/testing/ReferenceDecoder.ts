import type { AdapterLayout } from "../engine/adapter/AdapterState.ts"
import { rotaryFrequencies } from "../engine/model/Decoder.ts"
import type { LoraSpec } from "../engine/model/LoraSpec.ts"
import { isBiased, type ModelConfig, type Module, modulePath, moduleShape } from "../../models/ModelConfig.ts"
import type { Tensors } from "../../models/testing/RandomModel.ts"

type Row = ReadonlyArray<number>

const dot = (row: Row, matrix: ArrayLike<number>, at: number): number =>
  row.reduce((sum, value, index) => sum + value * matrix[at + index]!, 0)

const times = (row: Row, matrix: ArrayLike<number>, out: number, start = 0): Row =>
  Array.from({ length: out }, (_, index) => dot(row, matrix, start + index * row.length))

const sum = (a: Row, b: ArrayLike<number>): Row => a.map((value, index) => value + b[index]!)

/** What an adapter is active on: the rows from `from` on. */
interface ReferenceAdapter {
  readonly lora: LoraSpec
  readonly layout: AdapterLayout
  readonly parameters: ArrayLike<number>
  readonly from: number
}

/**
 * The decoder row by row in float64, straight from its definition, every row computed with or without the adapter: log p of
 * the next token after each of `ids`, [S][V].
 */
export const referenceLogProbs = (
  config: ModelConfig,
  tensors: Tensors,
  adapter: ReferenceAdapter,
  ids: ReadonlyArray<number>
): ReadonlyArray<Row> => {
  const { headSize, heads, keyValueHeads, normEpsilon } = config
  const tensor = (name: string) => tensors.get(name)!.data
  const normal = (row: Row, name: string): Row => {
    const scale = 1 / Math.sqrt(row.reduce((total, x) => total + x * x, 0) / row.length + normEpsilon)
    return row.map((value, index) => value * scale * tensor(name)[index]!)
  }
  const linear = (layer: number, module: Module, row: Row, position: number): Row => {
    const path = `model.layers.${layer}.${modulePath(module)}`
    const [out] = moduleShape(config, module)
    const plain = times(row, tensor(`${path}.weight`), out)
    const biased = isBiased(config, module) ? sum(plain, tensor(`${path}.bias`)) : plain
    const parts = adapter.layout.tensors.filter((one) => one.module.path === path)
    if (position < adapter.from || parts.length === 0) return biased
    const [a, b] = parts
    const inner = times(row, adapter.parameters, adapter.lora.rank, a!.offset)
    const scale = adapter.lora.alpha / adapter.lora.rank
    return sum(biased, times(inner, adapter.parameters, out, b!.offset).map((value) => scale * value))
  }
  const frequencies = rotaryFrequencies(config)
  const turned = (head: Row, position: number): Row =>
    head.map((value, index) => {
      const half = headSize / 2
      const angle = position * frequencies[index % half]!
      return index < half
        ? value * Math.cos(angle) - head[index + half]! * Math.sin(angle)
        : value * Math.cos(angle) + head[index - half]! * Math.sin(angle)
    })
  const split = (row: Row, count: number) =>
    Array.from({ length: count }, (_, head) => row.slice(head * headSize, (head + 1) * headSize))

  const embedding = tensor("model.embed_tokens.weight")
  let rows = ids.map((id): Row => [
    ...embedding.subarray(id * config.hiddenSize, (id + 1) * config.hiddenSize)
  ])
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`
    const heading = (module: "q_proj" | "k_proj", count: number) =>
      rows.map((row, position) => {
        const x = linear(layer, module, normal(row, `${prefix}.input_layernorm.weight`), position)
        return split(x, count).map((head) =>
          turned(
            config.qkNorm === false ? head : normal(head, `${prefix}.self_attn.${module[0]}_norm.weight`),
            position
          )
        )
      })
    const queries = heading("q_proj", heads)
    const keys = heading("k_proj", keyValueHeads)
    const values = rows.map((row, position) =>
      split(linear(layer, "v_proj", normal(row, `${prefix}.input_layernorm.weight`), position), keyValueHeads)
    )
    rows = rows.map((row, position) => {
      const attended = queries[position]!.flatMap((query, head) => {
        const shared = Math.floor(head / (heads / keyValueHeads))
        const scores = Array.from(
          { length: position + 1 },
          (_, other) => Math.exp(dot(query, keys[other]![shared]!, 0) / Math.sqrt(headSize))
        )
        const total = scores.reduce((a, b) => a + b, 0)
        return Array.from(
          { length: headSize },
          (_, index) =>
            scores.reduce((value, score, other) => value + score / total * values[other]![shared]![index]!, 0)
        )
      })
      const middle = sum(row, linear(layer, "o_proj", attended, position))
      const inner = normal(middle, `${prefix}.post_attention_layernorm.weight`)
      const gate = linear(layer, "gate_proj", inner, position)
      const up = linear(layer, "up_proj", inner, position)
      const gated = gate.map((value, index) => value / (1 + Math.exp(-value)) * up[index]!)
      return sum(middle, linear(layer, "down_proj", gated, position))
    })
  }
  const head = config.tiedHead ? embedding : tensor("lm_head.weight")
  return rows.map((row) => {
    const logits = times(normal(row, "model.norm.weight"), head, config.vocabularySize)
    const highest = Math.max(...logits)
    const total = Math.log(logits.reduce((all, value) => all + Math.exp(value - highest), 0)) + highest
    return logits.map((value) => value - total)
  })
}
