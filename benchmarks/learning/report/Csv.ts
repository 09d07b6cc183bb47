import type { Finished } from "../Unit.ts"
import { measureNames, valuesOf } from "./Measures.ts"

const cell = (value: string | number | null | undefined): string =>
  value === null || value === undefined
    ? ""
    : typeof value === "number"
    ? String(Number(value.toPrecision(6)))
    : /[",\n]/.test(value)
    ? `"${value.replaceAll("\"", "\"\"")}"`
    : value

/** One line per chain, with every measure; an empty cell was not measured. */
export const toCsv = (finished: ReadonlyArray<Finished>): string => {
  const head = ["stage", "arm", "learningRate", "kind", "way", "seed", "later", ...measureNames]
  const lines = finished.filter(({ result }) => result !== null).map((one) => {
    const { arm, focal, later, learningRate, seed, stage, way } = one.unit
    const values = measureNames.map((name) => valuesOf([one], name)[0]?.value)
    return [stage, arm, learningRate, focal, way, seed, later, ...values].map(cell).join(",")
  })
  return `${[head.join(","), ...lines].join("\n")}\n`
}
