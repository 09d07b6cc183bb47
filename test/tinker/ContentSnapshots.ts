import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type BackendError, LoraBackend } from "../../core/LoraBackend.ts"
import type { FakeTinker } from "../../trainers/tinker-sdk/testing/index.ts"

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i])

/**
 * The backend with snapshots that are what they refer to: the bytes which the fake service holds of weights and optimiser. So
 * tests that compare snapshots compare remote states, and not names.
 */
export const contentSnapshots = (
  service: FakeTinker["Service"],
  layer: Layer.Layer<LoraBackend, BackendError>
): Layer.Layer<LoraBackend, BackendError> =>
  Layer.effect(
    LoraBackend,
    LoraBackend.useSync((backend) => {
      const references = new Map<string, Uint8Array>()
      /** A state is read when its name is first seen: the run that was just saved is still at it. */
      const content = Effect.gen(function*() {
        const text = new TextDecoder().decode(yield* backend.snapshot)
        const [, run] = /tinker:\/\/([^/]+)\/weights\//.exec(text) ?? []
        const known = references.get(text)
        if (known !== undefined) return known
        const state = (yield* service.runs).find(({ id }) => id === run)?.state
        const bytes = state === undefined ? new TextEncoder().encode(text) : yield* Effect.orDie(state)
        references.set(text, bytes)
        return bytes
      })
      return LoraBackend.of({
        ...backend,
        snapshot: content,
        restore: (bytes) => {
          const [reference] = [...references].findLast(([, content]) => sameBytes(content, bytes)) ?? []
          return backend.restore(reference === undefined ? bytes : new TextEncoder().encode(reference))
        }
      })
    })
  ).pipe(Layer.provide(layer))
