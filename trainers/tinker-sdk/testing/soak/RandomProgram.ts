import { seeded } from "../engine/Seeded.ts"

export const VOCABULARY = 8
export const MODEL = "fake/softmax"
/** Datums of one request: larger batches go in parts. */
export const PART = 2

/** One operation of a random program. */
export type Step =
  | { readonly _tag: "Learn"; readonly data: ReadonlyArray<Sequence>; readonly wait: boolean }
  | { readonly _tag: "Optimise"; readonly learningRate: number; readonly wait: boolean }
  | { readonly _tag: "Custom"; readonly data: Sequence }
  | { readonly _tag: "Forward"; readonly data: Sequence }
  | { readonly _tag: "Sampler" }
  | { readonly _tag: "Sample"; readonly prompt: ReadonlyArray<number>; readonly seed: number }
  | { readonly _tag: "Score"; readonly prompt: ReadonlyArray<number>; readonly k: number }
  | { readonly _tag: "Save"; readonly forSampler: boolean }
  | { readonly _tag: "Resume" }

/** A datum in plain numbers; targets and weights are [N, K]. Weights survive float32. */
export interface Sequence {
  readonly tokens: ReadonlyArray<number>
  readonly targets: ReadonlyArray<ReadonlyArray<number>>
  readonly weights: ReadonlyArray<ReadonlyArray<number>>
}

/** What must not depend on faults: results by step, and for each model what was done and the weights it ended with. */
export interface Account {
  readonly results: ReadonlyArray<string>
  readonly models: ReadonlyArray<{ readonly done: string; readonly state: string }>
}

/** A result as text, numbers as float32 carries them. */
export const written = (value: unknown): string =>
  JSON.stringify(value, (_, entry: unknown) => typeof entry === "number" ? Math.fround(entry) : entry)

/** Steps that follow from the seed alone. */
export const randomProgram = (seed: number, length: number): ReadonlyArray<Step> => {
  const random = seeded(seed)
  const below = (n: number) => Math.floor(random() * n)
  const prompt = () => Array.from({ length: 1 + below(4) }, () => below(VOCABULARY))
  const sequence = (width: number): Sequence => {
    const tokens = prompt()
    const grid = (cell: () => number) => tokens.map(() => Array.from({ length: width }, cell))
    return { tokens, targets: grid(() => below(VOCABULARY)), weights: grid(() => (below(7) - 2) / 4) }
  }
  return Array.from({ length }, (): Step => {
    const dice = random()
    const wait = random() < 0.1
    if (dice < 0.4) {
      const width = 1 + below(2)
      return { _tag: "Learn", data: Array.from({ length: 1 + below(3) }, () => sequence(width)), wait }
    }
    if (dice < 0.75) return { _tag: "Optimise", learningRate: 0.001 * (1 + below(20)), wait }
    if (dice < 0.78) return { _tag: "Custom", data: sequence(1) }
    if (dice < 0.82) return { _tag: "Forward", data: sequence(1) }
    if (dice < 0.85) return { _tag: "Sampler" }
    if (dice < 0.92) return { _tag: "Sample", prompt: prompt(), seed: below(1e6) }
    if (dice < 0.98) return { _tag: "Score", prompt: prompt(), k: 1 + below(3) }
    return dice < 0.997 ? { _tag: "Save", forSampler: random() < 0.5 } : { _tag: "Resume" }
  })
}
