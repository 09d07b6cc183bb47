import type { FoundModel } from "../../trainers/models/sources/FindModels.ts"
import { inUnits } from "../../trainers/models/Units.ts"
import { type Choice, downloadTime } from "./Choices.ts"
import { fitsMemory, memoryNeeded } from "./Memory.ts"

interface ModelsReport {
  readonly memoryBytes: number
  readonly found: ReadonlyArray<FoundModel & { readonly memoryNeeded?: number; readonly fits?: boolean }>
  readonly choices: ReadonlyArray<Choice>
}

export const modelsReport = (
  memoryBytes: number,
  found: ReadonlyArray<FoundModel>,
  choices: ReadonlyArray<Choice>
): ModelsReport => ({
  memoryBytes,
  found: found.map((entry) =>
    entry.model === undefined ? entry : {
      ...entry,
      memoryNeeded: memoryNeeded(entry.model.parameters),
      fits: fitsMemory(entry.model.parameters, memoryBytes)
    }
  ),
  choices
})

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}`)
}

const billions = (parameters: number): string =>
  parameters >= 1e9 ? `${(parameters / 1e9).toFixed(1)}B` : `${Math.max(1, Math.round(parameters / 1e6))}M`

/** The report as a person reads it. */
export const reportText = ({ choices, found, memoryBytes }: ModelsReport): string => {
  const usable = found.flatMap(({ fits, memoryNeeded: needed = 0, model, name }) =>
    model === undefined ? [] : [[
      name,
      model.family,
      billions(model.parameters),
      inUnits(model.bytes),
      model.trainers.length === 0 ? "no trainer here" : `trainer=${model.trainers.join(" or ")}`,
      model.trainers.includes("pocket")
        ? `${fits === true ? "fits" : "TOO LARGE"}: needs about ${inUnits(needed)} with trainer=pocket`
        : "whether it fits: continualcode doctor"
    ]]
  )
  const others = found.flatMap(({ name, problem }) => problem === undefined ? [] : [[name, problem]])
  return [
    `On this machine, which has ${inUnits(memoryBytes)} of memory:`,
    ...table([
      ["pocket", "bundled", "2M", "9.2 MB", "trainer=pocket", "fits: there to try the loop"],
      ...usable
    ]),
    ...(others.length === 0 ? [] : ["", "Cannot be used:", ...table(others)]),
    "",
    "To download, by the machine's memory (time at 50 Mbit/s):",
    ...table(choices.map(({ alias, bytes, memoryBytes: memory, title, trainer }) => [
      `${Math.round(memory / 1e9)} GB`,
      title,
      inUnits(bytes),
      downloadTime(bytes),
      `trainer=${trainer}`,
      `continualcode models get ${alias}`
    ])),
    "",
    "Start one with model_name=NAME. Other models: continualcode models get OWNER/NAME or OWNER/NAME/FILE.gguf"
  ].join("\n")
}
