import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { AdapterKey } from "../domain/LessonEntry.ts"
import type { FeedbackStoreError } from "./FeedbackStoreError.ts"

export interface StoredSnapshot {
  readonly revision: number
  readonly modelIdentity: string
  /** The adapter's shape in words (rank, alpha, targets): only adapters of one shape replace each other. */
  readonly shape: string
  readonly bytes: Uint8Array
}

/** What an adapter was before its first lesson: drawn from a seed, or taken from elsewhere. */
export type AdapterOrigin =
  | { readonly _tag: "Fresh"; readonly seed: number }
  | { readonly _tag: "Imported"; readonly source: string; readonly snapshot: StoredSnapshot }

/** The part of the ledger that holds adapters: what each started from, and what it was after its lessons. */
export interface Snapshots {
  /**
   * The newest adapter that belongs to this model; an imported origin counts as one. With a shape the one of that shape, as its
   * last step left it; fails when the ledger holds the step but not the adapter after it.
   */
  readonly latestSnapshot: (
    modelIdentity: string,
    shape?: string
  ) => Effect.Effect<Option.Option<StoredSnapshot>, FeedbackStoreError>
  readonly origin: (adapter: AdapterKey) => Effect.Effect<Option.Option<AdapterOrigin>, FeedbackStoreError>
  /** Sets what an adapter without lessons starts from; with active lessons it fails. */
  readonly start: (adapter: AdapterKey, origin: AdapterOrigin) => Effect.Effect<void, FeedbackStoreError>
  /** Ids of the lessons of this adapter after which a snapshot is kept, oldest first. */
  readonly snapshots: (adapter: AdapterKey) => Effect.Effect<ReadonlyArray<string>, FeedbackStoreError>
  readonly snapshotAfter: (lessonId: string) => Effect.Effect<Option.Option<StoredSnapshot>, FeedbackStoreError>
}
