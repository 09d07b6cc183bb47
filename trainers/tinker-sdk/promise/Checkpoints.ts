import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ArchiveAddress, Checkpoints, Page } from "../client/Checkpoints.ts"
import type { Checkpoint, TrainingRun, WeightsInfo } from "../wire/index.ts"
import type { Run } from "./Run.ts"

/** See `Checkpoints`. */
export interface PromiseCheckpoints {
  readonly list: (page?: Page) => Promise<ReadonlyArray<Checkpoint>>
  readonly all: () => AsyncIterable<Checkpoint>
  readonly ofRun: (trainingRunId: string) => Promise<ReadonlyArray<Checkpoint>>
  readonly runs: (page?: Page) => Promise<ReadonlyArray<TrainingRun>>
  readonly run: (trainingRunId: string) => Promise<TrainingRun>
  readonly weightsInfo: (path: string) => Promise<WeightsInfo>
  readonly delete: (path: string) => Promise<void>
  readonly setTtl: (path: string, seconds: number | null) => Promise<void>
  readonly archiveUrl: (path: string) => Promise<ArchiveAddress>
  /** The whole archive in memory. */
  readonly download: (path: string) => Promise<Uint8Array<ArrayBuffer>>
}

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}

export const checkpointsOf = (run: Run, checkpoints: Checkpoints): PromiseCheckpoints => ({
  list: (page) => run(checkpoints.list(page)),
  all: () => Stream.toAsyncIterable(checkpoints.all),
  ofRun: (id) => run(checkpoints.ofRun(id)),
  runs: (page) => run(checkpoints.runs(page)),
  run: (id) => run(checkpoints.run(id)),
  weightsInfo: (path) => run(checkpoints.weightsInfo(path)),
  delete: (path) => run(checkpoints.delete(path)),
  setTtl: (path, seconds) => run(checkpoints.setTtl(path, seconds)),
  archiveUrl: (path) => run(checkpoints.archiveUrl(path)),
  download: (path) => run(Effect.map(Stream.runCollect(checkpoints.download(path)), joined))
})
