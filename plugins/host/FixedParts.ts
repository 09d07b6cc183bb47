import * as Layer from "effect/Layer"
import type { SettingKey } from "../../core/config/Settings.ts"
import type { AgentDefinition } from "../../core/defineAgent.ts"
import { objectives } from "../Objectives.ts"
import { trainers } from "../Trainers.ts"

const bundled = { trainer: trainers, objective: objectives } as const

const reaching = (
  parts: ReadonlyArray<{ readonly settings: ReadonlyArray<SettingKey> }>
): ReadonlyArray<SettingKey> => [
  ...new Set(parts.flatMap(({ settings }) => settings))
]

/** Sentences about `key=value` arguments that cannot reach a part, because agent.ts gives it as a finished layer. */
export const unreachable = (definition: AgentDefinition, keys: ReadonlyArray<string>): ReadonlyArray<string> => {
  const written = new Set(keys.map((key) => key.split("=")[0]))
  return (["trainer", "objective"] as const).flatMap((kind) => {
    if (!Layer.isLayer(definition[kind]) || written.has(kind)) return []
    const lost = reaching(bundled[kind]).filter((key) => written.has(key))
    return lost.length === 0 ? [] : [
      `agent.ts gives its ${kind} as a finished layer, so ${lost.join(", ")} has no effect on it. `
      + `Write it as a function to use settings: ${kind}: ({ settings }) => …`
    ]
  })
}
