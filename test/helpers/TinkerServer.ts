import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type Checkpoint,
  type CheckpointKeeper,
  type FakeTinkerOptions,
  makeFakeTinker
} from "../../trainers/tinker-sdk/testing/index.ts"
import { listen } from "../../trainers/tinker-sdk/testing/node.ts"
import { tinkerPocketEngine } from "./TinkerPocketEngine.ts"

/*
 * The fake Tinker service with the pocket model as a process of its own, which can be killed and started again:
 * node TinkerServer.ts PORT FOLDER OPTIONS. Checkpoints lie in the folder. It writes its port when it listens.
 */

/** Checkpoints as files, each there whole or not at all. */
const keeperIn = (folder: string): CheckpointKeeper => ({
  all: readdirSync(folder).filter((name) => name.endsWith(".json")).map((name): Checkpoint => {
    const { state, ...rest } = JSON.parse(readFileSync(join(folder, name), "utf8"))
    return {
      ...rest,
      expiresAt: rest.expiresAt ?? undefined,
      weights: { baseModel: rest.weights.baseModel, state: Uint8Array.from(Buffer.from(state, "base64")) }
    }
  }),
  put: (checkpoint) => {
    const { kind, name, runId, weights } = checkpoint
    const file = join(folder, `${encodeURIComponent(`${runId} ${kind} ${name}`)}.json`)
    const state = Buffer.from(weights.state).toString("base64")
    writeFileSync(`${file}.part`, JSON.stringify({ ...checkpoint, weights: { baseModel: weights.baseModel }, state }))
    renameSync(`${file}.part`, file)
  }
})

const [port = "0", folder = ".", options = "{}"] = process.argv.slice(2)
const behaviour: FakeTinkerOptions = JSON.parse(options)

NodeRuntime.runMain(Effect.scoped(Effect.gen(function*() {
  const { engine } = yield* tinkerPocketEngine()
  const service = yield* makeFakeTinker({ ...behaviour, engine, keep: keeperIn(folder), run: `${process.pid}-` })
  const listening = yield* listen(service, { port: Number(port) })
  process.stdout.write(`${listening.port}\n`)
  return yield* Effect.never
})))
