import * as Effect from "effect/Effect"
import type { World } from "./World.ts"

/** What is said of a model that was loaded before the restart. */
export const notLoaded = (model: string): string =>
  `Model ${model} not loaded (likely stale request from previous server)`

/** Forgets what a restarted service does not know any more. Checkpoints stay. */
export const restarted = (world: World, forget: "models" | "all"): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* Effect.forEach(world.runs.values(), (run) => run.unload(), { discard: true })
    if (forget === "models") {
      for (const sampler of world.samplers.values()) {
        if (sampler.runId !== undefined) world.samplers.set(sampler.id, { ...sampler, forgotten: true })
      }
      return
    }
    world.sessions.forget()
    world.runs.clear()
    world.samplers.clear()
    world.futures.forget()
  })
