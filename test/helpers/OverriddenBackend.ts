import * as Layer from "effect/Layer"
import { LoraBackend } from "../../core/LoraBackend.ts"

/** A backend with some operations replaced: to make one fail, hang, or be counted. The rest is the real one. */
export const overriding = <E, R>(
  layer: Layer.Layer<LoraBackend, E, R>,
  change: (backend: LoraBackend["Service"]) => Partial<LoraBackend["Service"]>
): Layer.Layer<LoraBackend, E, R> =>
  Layer.effect(LoraBackend, LoraBackend.useSync((backend) => LoraBackend.of({ ...backend, ...change(backend) }))).pipe(
    Layer.provide(layer)
  )
