import { fileURLToPath } from "node:url"

/** The bundled agent.ts; loaded like any other. */
export const defaultAgent: string = fileURLToPath(
  new URL(`../default/agent.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url)
)
