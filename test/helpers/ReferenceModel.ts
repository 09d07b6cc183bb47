import type { ChatMessage, Tokenizer } from "../../core/LoraBackend.ts"
import { logSoftmax } from "../../trainers/math/LogSoftmax.ts"
import { seeded } from "./Seeded.ts"

/**
 * A language model small enough to differentiate by hand: the next token's logits are a bigram table plus a table over
 * the tokens seen so far, `logits = W h + scale * B (A h)`, h = [one-hot of the last token; 0/1 of every token in the
 * context]. It writes calls, has the habit of `write`, and a tool or file named anywhere in its context becomes
 * likelier, so a correction in the prompt changes what it does, and a LoRA update can make that permanent.
 */

const IM_START = "<|im_start|>"
const IM_END = "<|im_end|>"
const OPEN = "<tool_call>\n{\"name\": \""
const ARGUMENTS = "\", \"arguments\": {\"path\": \""
const CLOSE = "\"}}\n</tool_call>"
const tools = ["write", "edit", "read", "bash"]
const files = ["a.js", "b.js", "c.js"]
const specials = [IM_START, IM_END, "<|endoftext|>"]
const roles = ["system\n", "user\n", "assistant\n", "tool\n"]
const words = ["Correction: ", "Denied by the user. ", "use ", "fix ", "please "]
const ascii = ["\n", ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))]

/** Token texts; the id is the index. */
export const vocabulary: ReadonlyArray<string> = [
  ...specials,
  ...roles,
  OPEN,
  ARGUMENTS,
  CLOSE,
  ...tools,
  ...files,
  ...words,
  ...ascii
]
export const V = vocabulary.length
export const FEATURES = 2 * V
const idOf = new Map(vocabulary.map((text, id) => [text, id] as const))
export const id = (text: string): number => idOf.get(text)!
const longest = Math.max(...vocabulary.map((text) => text.length))

/** Longest match first; a character outside the vocabulary becomes `?`. */
const encode = (text: string): ReadonlyArray<number> => {
  const out: Array<number> = []
  for (let at = 0; at < text.length;) {
    let length = Math.min(longest, text.length - at)
    while (length > 1 && !idOf.has(text.slice(at, at + length))) length--
    out.push(idOf.get(text.slice(at, at + length)) ?? id("?"))
    at += length
  }
  return out
}

const render = (messages: ReadonlyArray<ChatMessage>): string =>
  messages.map(({ content, role }) => `${IM_START}${role}\n${content}${IM_END}\n`).join("") + `${IM_START}assistant\n`

/** The chat template leaves the tool list out: this model knows its four tools. */
export const tokenizer: Tokenizer = {
  encode,
  decode: (ids) => ids.filter((i) => i >= specials.length).map((i) => vocabulary[i]!).join(""),
  encodeChat: (messages) => encode(render(messages)),
  stopIds: [id(IM_END), id("<|endoftext|>")]
}

/** W as columns: `base[f * V + v]` is what feature f adds to the logit of v. */
const makeBase = (): Float64Array => {
  const base = seeded(20260101).normals(FEATURES * V, 0.2)
  const set = (feature: number, next: string, logit: number) => base[feature * V + id(next)] = logit
  const after = (last: string, next: string, logit: number) => set(id(last), next, logit)
  after("assistant\n", OPEN, 12)
  tools.forEach((tool, i) => {
    after(OPEN, tool, 9 - 0.5 * i)
    after(tool, ARGUMENTS, 12)
    set(V + id(tool), tool, 2.5)
  })
  files.forEach((file, i) => {
    after(ARGUMENTS, file, 8 - 0.5 * i)
    after(file, CLOSE, 12)
    set(V + id(file), file, 2.5)
  })
  after(CLOSE, IM_END, 12)
  return base
}
export const base = makeBase()

/** LoRA factors of a rank-r adapter in one flat vector: A (r x FEATURES) row by row, then B (V x r) row by row. */
export const RANK = 4
export const SCALE = 2
export const A_SIZE = RANK * FEATURES
export const PARAMETERS = A_SIZE + V * RANK

/** Features that are 1 for this context: the last token, then V + every token seen. Empty contexts have none. */
export const activeFeatures = (context: ReadonlyArray<number>): ReadonlyArray<number> => {
  const last = context.at(-1)
  return last === undefined ? [] : [last, ...[...new Set(context)].sort((a, b) => a - b).map((seen) => V + seen)]
}

/** A h, length RANK. */
export const project = (adapter: Float64Array, features: ReadonlyArray<number>): Float64Array =>
  Float64Array.from({ length: RANK }, (_, k) => {
    let sum = 0
    for (const f of features) sum += adapter[k * FEATURES + f]!
    return sum
  })

/** Log-probabilities of the next token; `adapter` undefined is the bare base model. */
export const nextLogProbs = (features: ReadonlyArray<number>, adapter: Float64Array | undefined): Float64Array => {
  const logits = new Float64Array(V)
  for (const f of features) for (let v = 0; v < V; v++) logits[v] = logits[v]! + base[f * V + v]!
  if (adapter !== undefined) {
    const low = project(adapter, features)
    for (let v = 0; v < V; v++) {
      let sum = 0
      for (let k = 0; k < RANK; k++) sum += adapter[A_SIZE + v * RANK + k]! * low[k]!
      logits[v] = logits[v]! + SCALE * sum
    }
  }
  return logSoftmax(logits)
}

/** Adds the adapter gradient of a loss whose gradient in the logits is `dz`. */
export const addGradient = (
  into: Float64Array,
  adapter: Float64Array,
  features: ReadonlyArray<number>,
  dz: Float64Array
): void => {
  const low = project(adapter, features)
  for (let k = 0; k < RANK; k++) {
    let back = 0
    for (let v = 0; v < V; v++) {
      const b = A_SIZE + v * RANK + k
      back += adapter[b]! * dz[v]!
      into[b] = into[b]! + SCALE * dz[v]! * low[k]!
    }
    for (const f of features) into[k * FEATURES + f] = into[k * FEATURES + f]! + SCALE * back
  }
}

/** A drawn from `seed`, B = 0. */
export const freshAdapter = (seed: number): Float64Array => {
  const adapter = new Float64Array(PARAMETERS)
  adapter.set(seeded(seed).normals(A_SIZE, 0.3))
  return adapter
}
