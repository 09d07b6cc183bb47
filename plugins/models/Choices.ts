import { families } from "../../trainers/models/Families.ts"
import { inTime, inUnits } from "../../trainers/models/Units.ts"

/** A coder that is worth downloading, by the memory of the machine. */
export interface Choice {
  /** What `continualcode models get` calls it. */
  readonly alias: string
  readonly title: string
  /** Memory of the smallest machine that it is meant for. */
  readonly memoryBytes: number
  /** What `model_name=` takes. */
  readonly name: string
  /** Bytes to download. */
  readonly bytes: number
  readonly trainer: "pocket" | "gpu"
}

const coders = [
  { size: "0.5B", memoryBytes: 8e9, gguf: 4.9e8, folder: 9.9e8 },
  { size: "1.5B", memoryBytes: 16e9, gguf: 1.12e9, folder: 3.1e9 },
  { size: "3B", memoryBytes: 32e9, gguf: 2.1e9, folder: 6.2e9 }
] as const

/** Qwen2.5-Coder as 4-bit GGUF files where the pocket trainer runs the family, and else as folders for the gpu trainer. */
export const choices: ReadonlyArray<Choice> = coders.map(({ folder, gguf, memoryBytes, size }) => {
  const inProcess = families.some(({ backends, name }) => name === "qwen2" && backends.includes("pocket"))
  const model = `Qwen/Qwen2.5-Coder-${size}-Instruct`
  const file = `qwen2.5-coder-${size.toLowerCase()}-instruct-q4_k_m.gguf`
  return {
    alias: `coder-${size.toLowerCase()}`,
    title: `Qwen2.5-Coder ${size} Instruct`,
    memoryBytes,
    name: inProcess ? `${model}-GGUF/${file}` : model,
    bytes: inProcess ? gguf : folder,
    trainer: inProcess ? "pocket" : "gpu"
  }
})

/** Bytes a second of a line of 50 Mbit/s. */
const LINE = 50e6 / 8

/** How long a download takes on a line of 50 Mbit/s. */
export const downloadTime = (bytes: number): string => `about ${inTime(bytes / LINE)}`

/** For the first start with the bundled model: how to have a coder. Machines report a little less memory than is on their label. */
export const coderHint = (memoryBytes: number): string => {
  const { alias, bytes, title } = choices.reduce((best, choice) =>
    choice.memoryBytes <= 1.1 * memoryBytes ? choice : best
  )
  return "The bundled model is there to try the loop. For a coder: continualcode models get "
    + `${alias} (${title}, ${inUnits(bytes)}, ${downloadTime(bytes)} at 50 Mbit/s); it says how to start with it.`
}
