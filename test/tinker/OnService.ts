import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Scope from "effect/Scope"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { LoraBackend } from "../../core/LoraBackend.ts"
import { writeModelFolder } from "../../trainers/models/testing/ModelFolder.ts"
import { optimizer } from "../contracts/backend/Probe.ts"
import { type FakeBackendOptions, type Faked, fakeTinkerBackend } from "./FakeBackend.ts"

/** A tiny model's folder. */
export const modelDirectory: string = mkdtempSync(join(tmpdir(), "continualcode-tinker-"))
writeModelFolder(modelDirectory)

export type Backend = LoraBackend["Service"]

/** Uses a backend on a fake service. */
export const on = <A, E>(
  options: FakeBackendOptions,
  body: (backend: Backend, service: Faked["service"]) => Effect.Effect<A, E, FileSystem.FileSystem | Scope.Scope>
) =>
  Effect.gen(function*() {
    const { layer, service } = yield* fakeTinkerBackend({ modelDirectory, ...options })
    return yield* Effect.flatMap(LoraBackend, (backend) => body(backend, service)).pipe(Effect.provide(layer))
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))

/** One update towards the completion. */
export const trained = (
  backend: Backend,
  s: { readonly promptIds: ReadonlyArray<number>; readonly completionIds: ReadonlyArray<number> }
) =>
  Effect.andThen(
    backend.forwardBackward([{ _tag: "CrossEntropy", ...s, baseKl: 0 }]),
    backend.update(optimizer)
  )
