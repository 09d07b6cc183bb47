/** A session of the service, kept alive while its scope is open. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { type TinkerError, TinkerSessionLost, TinkerStatusError } from "../TinkerError.ts"
import {
  CreateSessionReply,
  CreateSessionRequest,
  encodeJson,
  Endpoints,
  FinishSessionRequest,
  SessionHeartbeatRequest,
  UnloadModelRequest
} from "../wire/index.ts"
import { type Core, direct } from "./Core.ts"

const BEAT = 10_000
const SILENCE = 120_000
const FAREWELL = 2000

export interface Session {
  readonly id: string
  /** The next number of a model, from 0. */
  readonly nextModel: () => number
  /** The next number of a sampler, from 0. */
  readonly nextSampler: () => number
  /** Ends with the session. */
  readonly whileAlive: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | TinkerSessionLost, R>
  /** Asks the service whether it knows the session. When it does not, the session ends here too. */
  readonly isKnown: Effect.Effect<boolean>
  /** A model was made in it. */
  readonly holds: (modelId: string) => void
  /** That model is freed. */
  readonly letsGo: (modelId: string) => void
}

const counter = () => {
  let next = 0
  return () => next++
}

/** Opens a session: a heartbeat every 10 s until the scope closes, then a farewell. */
export const openSession = (core: Core): Effect.Effect<Session, TinkerError, Scope.Scope> =>
  Effect.gen(function*() {
    const { hub, transport } = core
    const { settings } = transport
    const reply = yield* direct(core, {
      operation: "create_session",
      path: Endpoints.createSession,
      request: CreateSessionRequest,
      value: CreateSessionRequest.make({
        tags: settings.tags,
        ...(settings.userMetadata === undefined ? {} : { user_metadata: settings.userMetadata }),
        sdk_version: transport.version(),
        ...(settings.projectId === undefined ? {} : { project_id: settings.projectId })
      }),
      reply: CreateSessionReply
    })
    if (reply.error_message) {
      return yield* new TinkerStatusError({ operation: "create_session", status: 400, detail: reply.error_message })
    }
    const sessionId = reply.session_id
    for (const [level, text] of [["info", reply.info_message], ["warning", reply.warning_message]] as const) {
      if (!text) continue
      yield* level === "info" ? Effect.logInfo(`Tinker: ${text}`) : Effect.logWarning(`Tinker: ${text}`)
      yield* hub.publish({ _tag: "Notice", level, text })
    }
    const lost = yield* Deferred.make<never, TinkerSessionLost>()
    const models = new Set<string>()

    /** One heartbeat; it finds out whether the session is lost. */
    const beat = Effect.gen(function*() {
      const json = yield* encodeJson(SessionHeartbeatRequest)(
        "The heartbeat",
        SessionHeartbeatRequest.make({ session_id: sessionId })
      )
      const result = yield* Effect.result(transport.attempt({
        operation: "session_heartbeat",
        method: "POST",
        path: Endpoints.heartbeat,
        json,
        timeout: BEAT
      }, 0))
      if (result._tag === "Failure" && result.failure._tag === "TinkerStatusError") {
        const { detail, status } = result.failure
        if (status === 404 || status === 410) {
          const ended = new TinkerSessionLost({ sessionId, detail: detail || String(status) })
          if (yield* Deferred.fail(lost, ended)) yield* Effect.logWarning(ended.message)
        }
      }
      return result
    })

    const heartbeat = Effect.gen(function*() {
      let heardAt = yield* Clock.currentTimeMillis
      let warnedAt = heardAt
      for (;;) {
        yield* Effect.sleep(BEAT)
        if (Deferred.isDoneUnsafe(lost)) return
        const result = yield* beat
        if (Deferred.isDoneUnsafe(lost)) return
        const now = yield* Clock.currentTimeMillis
        if (result._tag === "Success") {
          heardAt = now
          warnedAt = now
        } else if (now - warnedAt >= SILENCE) {
          warnedAt = now
          yield* hub.publish({ _tag: "HeartbeatMissing", sessionId, sinceMs: now - heardAt })
          yield* Effect.logWarning(
            `Tinker: no heartbeat got through for ${
              Math.round((now - heardAt) / 1000)
            } s, the session may end: ${result.failure.message}`
          )
        }
      }
    })

    const say = (operation: string, path: string, json: string) =>
      transport.attempt({ operation, method: "POST", path, json, timeout: FAREWELL }, 0)

    const unload = Effect.fnUntraced(function*(model: string) {
      const json = yield* encodeJson(UnloadModelRequest)("The unloading", UnloadModelRequest.make({ model_id: model }))
      yield* say("unload_model", Endpoints.unloadModel, json)
    })

    const finish = Effect.fnUntraced(function*(exit: Exit.Exit<unknown, unknown>) {
      if (!settings.finishOnClose || Deferred.isDoneUnsafe(lost)) return
      const type = Exit.isSuccess(exit) ? "success" : Exit.hasInterrupts(exit) ? "interrupted" : "errored"
      const json = yield* encodeJson(FinishSessionRequest)("The farewell", { reason: { type } })
      yield* say("finish_session", Endpoints.finishSession(sessionId), json).pipe(
        // Not every server knows farewells. There each model would keep its slot.
        Effect.catchIf(
          (error) => error._tag === "TinkerStatusError" && (error.status === 404 || error.status === 405),
          () => Effect.forEach(models, (model) => Effect.ignore(unload(model)), { concurrency: "unbounded" })
        )
      )
    })
    // None is owed a farewell.
    yield* Effect.addFinalizer((exit) => Effect.ignore(finish(exit)))
    yield* Effect.forkScoped(heartbeat)

    return {
      id: sessionId,
      nextModel: counter(),
      nextSampler: counter(),
      whileAlive: (effect) => Effect.raceFirst(effect, Deferred.await(lost)),
      isKnown: Effect.suspend(() => Deferred.isDoneUnsafe(lost) ? Effect.void : Effect.ignore(beat)).pipe(
        Effect.map(() => !Deferred.isDoneUnsafe(lost))
      ),
      holds: (model) => void models.add(model),
      letsGo: (model) => void models.delete(model)
    }
  })
