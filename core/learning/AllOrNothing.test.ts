import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { BackendError } from "../LoraBackend.ts"
import { allOrNothing } from "./AllOrNothing.ts"

/** An adapter of one byte, with a gradient that waits. */
const adapter = (restores: boolean = true) => {
  const state = { byte: 1, gradient: false }
  return {
    state,
    backend: {
      snapshot: Effect.sync(() => Uint8Array.of(state.byte)),
      restore: ([byte = 0]: Uint8Array) =>
        restores
          ? Effect.sync(() => void (state.byte = byte))
          : Effect.fail(new BackendError({ reason: "Snapshot", message: "it is gone." })),
      discard: Effect.sync(() => void (state.gradient = false))
    },
    change: Effect.sync(() => {
      state.byte++
      state.gradient = true
    })
  }
}
const nothing = () => Effect.void

describe("all or nothing", () => {
  it.effect("keeps what succeeds, and what follows cannot take it back", () =>
    Effect.gen(function*() {
      const { backend, change, state } = adapter()
      yield* allOrNothing(backend, () => change, nothing)
      assert.strictEqual(state.byte, 2)
      const exit = yield* Effect.exit(allOrNothing(backend, () => change, () => Effect.die("told badly")))
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(state.byte, 3)
    }))

  it.effect("puts back on failure and drops the gradient; its own error is what is told", () =>
    Effect.gen(function*() {
      const { backend, change, state } = adapter()
      const error = yield* Effect.flip(
        allOrNothing(backend, () => Effect.andThen(change, Effect.fail("no" as const)), nothing)
      )
      assert.strictEqual(error, "no")
      assert.deepStrictEqual(state, { byte: 1, gradient: false })
    }))

  it.effect("puts back on interruption, which waits for what is not marked", () =>
    Effect.gen(function*() {
      const { backend, change, state } = adapter()
      const begun = yield* Deferred.make<void>()
      const first = yield* Effect.forkChild(allOrNothing(
        backend,
        (_, interruptible) =>
          interruptible(Effect.andThen(change, Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))),
        nothing
      ))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(state, { byte: 1, gradient: false })

      const [entered, committed] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const second = yield* Effect.forkChild(allOrNothing(
        backend,
        () => Effect.andThen(change, Effect.andThen(Deferred.succeed(entered, undefined), Deferred.await(committed))),
        nothing
      ))
      yield* Deferred.await(entered)
      const stopping = yield* Effect.forkChild(Fiber.interrupt(second))
      yield* Deferred.succeed(committed, undefined)
      yield* Fiber.join(stopping)
      assert.strictEqual(state.byte, 2)
    }))

  it.effect("gives what it was, and says when it cannot be brought back", () =>
    Effect.gen(function*() {
      const whole = adapter()
      yield* allOrNothing(
        whole.backend,
        ({ bytes, putBack }) => {
          assert.deepStrictEqual([...bytes], [1])
          return Effect.andThen(whole.change, putBack)
        },
        nothing
      )
      assert.strictEqual(whole.state.byte, 1)
      const { backend, change } = adapter(false)
      const exit = yield* Effect.exit(
        allOrNothing(backend, () => Effect.andThen(change, Effect.fail("no" as const)), nothing)
      )
      assert.match(JSON.stringify(exit), /could not be brought back/)
    }))
})
