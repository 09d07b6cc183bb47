import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"

/** What the tools of one session know about files: which contents the model has seen, and who is changing one now. */
export class ToolMemory extends Context.Service<ToolMemory, {
  /** The model has seen the file (a real absolute path) with this content, named by its hash. */
  readonly saw: (absolute: string, hash: string) => Effect.Effect<void>
  /** The hash of the content that the model saw last; undefined when it never saw the file. */
  readonly seen: (absolute: string) => Effect.Effect<string | undefined>
  /** Runs while nothing else changes the same file. */
  readonly alone: (absolute: string) => <A, E, R>(change: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Absolute path of the folder for outputs that are too long to show; undefined: they are not kept. */
  readonly outputs: string | undefined
}>()("continualcode/ToolMemory") {
  static readonly layer = (options: { readonly outputs?: string } = {}): Layer.Layer<ToolMemory> =>
    Layer.sync(ToolMemory, () => {
      const hashes = new Map<string, string>()
      const locks = new Map<string, { readonly semaphore: Semaphore.Semaphore; users: number }>()

      const acquire = (absolute: string) =>
        Effect.sync(() => {
          const lock = locks.get(absolute) ?? { semaphore: Semaphore.makeUnsafe(1), users: 0 }
          lock.users += 1
          locks.set(absolute, lock)
          return lock
        })

      return ToolMemory.of({
        outputs: options.outputs,
        saw: (absolute, hash) => Effect.sync(() => void hashes.set(absolute, hash)),
        seen: (absolute) => Effect.sync(() => hashes.get(absolute)),
        alone: (absolute) => (change) =>
          Effect.acquireUseRelease(
            acquire(absolute),
            (lock) => lock.semaphore.withPermit(change),
            (lock) =>
              Effect.sync(() => {
                lock.users -= 1
                if (lock.users === 0) locks.delete(absolute)
              })
          )
      })
    })
}
