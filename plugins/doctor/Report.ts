import { inUnits } from "../../trainers/models/Units.ts"
import type { Fit } from "../../trainers/gpu/doctor/Memory.ts"

/** One thing looked at. */
export interface Check {
  readonly name: string
  /** `missing`: what the chosen trainer needs is not there; `note`: not needed, or will be made or downloaded. */
  readonly status: "ok" | "note" | "missing"
  readonly message: string
  /** The command or setting that mends it. */
  readonly fix?: string
}

export interface Report {
  readonly trainer: string
  readonly model: string
  /** The chosen trainer can start. */
  readonly ready: boolean
  readonly checks: ReadonlyArray<Check>
  /** Where the models were fitted in; absent without a device. */
  readonly memory?: {
    readonly device: string
    readonly bytes: number
    readonly prompt: number
    readonly models: ReadonlyArray<Fit>
  }
}

const marks: Readonly<Record<Check["status"], string>> = { ok: "ok     ", note: "note   ", missing: "MISSING" }

const widths = { none: "bf16", int8: "int8", int4: "int4" } as const

/** The report as a person reads it. */
export const reportText = (report: Report): string => {
  const width = Math.max(...report.checks.map(({ name }) => name.length))
  const checks = report.checks.flatMap(({ fix, message, name, status }) => [
    `${marks[status]}  ${name.padEnd(width)}  ${message}`,
    ...(fix === undefined ? [] : [`${" ".repeat(width + 11)}→ ${fix}`])
  ])
  const { memory } = report
  const models = memory === undefined ? [] : [
    "",
    `Models in ${
      inUnits(memory.bytes)
    } of ${memory.device}, learning on prompts of ${memory.prompt} tokens (estimated):`,
    ...memory.models.map(({ bytes, model, quantization }) =>
      quantization === undefined
        ? `  no   ${model}: needs ${inUnits(bytes)} with quantization=int4`
        : `  ${widths[quantization]} ${model}: ${inUnits(bytes)}${
          quantization === "none" ? "" : `, with quantization=${quantization}`
        }`
    )
  ]
  const verdict = report.ready
    ? `trainer=${report.trainer} can start with model_name=${report.model}.`
    : `trainer=${report.trainer} cannot start yet: see MISSING above.`
  return [...checks, ...models, "", verdict].join("\n")
}
