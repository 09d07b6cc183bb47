import { parentPort } from "node:worker_threads"
import { Engine, type EngineOptions } from "../engine/Engine.ts"
import { EngineError } from "../engine/EngineError.ts"
import type { Reply, Request } from "./Protocol.ts"
import { messageOf } from "../../../core/MessageOf.ts"

/*
 * The worker thread's program: holds the engine, because a graph run blocks its thread, and answers requests one after
 * another.
 */

if (parentPort === null) throw new Error("this file is the pocket backend's worker; it is not run by itself")
const port = parentPort
/** Ends this thread. Deno's port cannot be closed from inside. */
const end = (): void => typeof port.close === "function" ? port.close() : process.exit(0)
const post = (reply: Reply): void => port.postMessage(reply)

const failure = (cause: unknown) =>
  cause instanceof EngineError
    ? { reason: cause.reason, message: cause.message }
    : {
      reason: "Internal" as const,
      message: `The pocket backend failed: ${messageOf(cause)}. `
        + "Nothing was changed; try again, or restart if it persists."
    }

const perform = async (engine: Engine, request: Request): Promise<unknown> => {
  switch (request.operation) {
    case "sample": {
      const flag = new Int32Array(request.input.cancel)
      return engine.sample(
        request.input.request,
        (token) => post({ _tag: "Token", id: request.id, token }),
        () => Atomics.load(flag, 0) !== 0
      )
    }
    case "score":
      return engine.score(request.input)
    case "hiddenStates":
      return engine.hiddenStates(request.input)
    case "evaluate":
      return engine.evaluate(request.input)
    case "forwardBackward":
      return engine.forwardBackward(request.input)
    case "update":
      return engine.update(request.input)
    case "discard":
      return engine.discard()
    case "blendShadow":
      return engine.blendShadow(request.input.name, request.input.rate)
    case "snapshot":
      return engine.snapshot()
    case "restore":
      return engine.restore(request.input)
    case "reset":
      return engine.reset(request.input.seed)
    case "parameters":
      return engine.parameters
    case "adopt":
      return engine.adopt(request.input)
    case "prepare":
      return engine.prepare()
    case "close":
      return engine.close()
  }
}

const answer = async (engine: Engine, request: Request): Promise<void> => {
  try {
    const value = await perform(engine, request)
    post({ _tag: "Done", id: request.id, value, revision: engine.revision })
  } catch (cause) {
    post({ _tag: "Failed", id: request.id, ...failure(cause) })
  }
  if (request.operation === "close") end()
}

const begin = async (options: EngineOptions): Promise<Engine | undefined> => {
  try {
    const engine = await Engine.create(options, (done, total) => post({ _tag: "Preparing", done, total }))
    post({ _tag: "Ready", runtime: engine.runtimeName })
    return engine
  } catch (cause) {
    post({ _tag: "NotReady", ...failure(cause) })
    end()
    return undefined
  }
}

/** The model comes first, then what is asked of it. */
let engine: Promise<Engine | undefined> | undefined
let before: Promise<void> = Promise.resolve()
port.on("message", (message: EngineOptions | Request) => {
  if (!("operation" in message)) {
    engine = begin(message)
    return
  }
  before = before.then(async () => {
    const ready = await engine
    if (ready !== undefined) await answer(ready, message)
  })
})
