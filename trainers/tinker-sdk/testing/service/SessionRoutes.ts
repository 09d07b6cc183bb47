import * as Effect from "effect/Effect"
import { json, type Refusal, refuse } from "./Http.ts"
import { ClientConfig, CreateSession, decodeBody, FinishSession, Heartbeat, Telemetry } from "./Requests.ts"
import type { Session } from "./Sessions.ts"
import type { Call, Route, World } from "./World.ts"

/** Frees what a session that is over had in training. */
export const unloadSession = (world: World, session: Session): Effect.Effect<void> =>
  Effect.forEach(session.modelIds, (id) => world.runs.get(id)?.unload() ?? Effect.void, { discard: true })

const capabilities = ({ engine }: World) =>
  Effect.succeed(json(200, {
    supported_models: engine.baseModels.map(({ contextLength, name }) => ({
      model_name: name,
      max_context_length: contextLength,
      trainable: true,
      sampleable: true
    }))
  }))

/** A token in the key's place, unsigned but of the usual shape. */
const authToken = Effect.fnUntraced(function*(world: World, { now }: Call) {
  const end = now + world.behaviour.tokenLifetime
  const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "")
  const jwt = `${part({ alg: "none" })}.${part({ exp: end / 1000, n: world.tokens.size })}.fake`
  world.tokens.set(jwt, end)
  return json(200, { jwt })
})

const numberOf = (version: string): number => version.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0)

/** Refuses a client that is too old for this service. */
const checkVersion = ({ behaviour }: World, version: string): Effect.Effect<void, Refusal> =>
  version !== "" && numberOf(version) >= numberOf(behaviour.oldestClient)
    ? Effect.void
    : Effect.fail(
      refuse(400, `sdk_version ${version} is too old for this service: upgrade to ${behaviour.oldestClient}`)
    )

const createSession = Effect.fnUntraced(function*(world: World, { body, now }: Call) {
  const { sdk_version, tags } = yield* decodeBody(CreateSession, body)
  yield* checkVersion(world, sdk_version)
  const session = world.sessions.create(tags, now)
  return json(200, {
    type: "create_session",
    session_id: session.id,
    info_message: null,
    warning_message: null,
    error_message: null
  })
})

const heartbeat = Effect.fnUntraced(function*(world: World, { body, now }: Call) {
  const { session_id } = yield* decodeBody(Heartbeat, body)
  yield* world.sessions.heartbeat(session_id, now)
  return json(200, { type: "session_heartbeat" })
})

const finish = Effect.fnUntraced(function*(world: World, { body, params }: Call) {
  if (!world.behaviour.farewells) return yield* refuse(404, "Not Found")
  yield* decodeBody(FinishSession, body)
  const session = world.sessions.find(params[0]!)
  if (session === undefined) return yield* refuse(404, "Session not found")
  session.ended = "finished"
  yield* unloadSession(world, session)
  return json(200, {})
})

const sessionJson = ({ id, modelIds, samplerIds }: Session) => ({
  session_id: id,
  training_run_ids: modelIds,
  sampler_ids: samplerIds
})

export const sessionRoutes: ReadonlyArray<Route> = [
  { method: "GET", path: "/healthz", open: true, endpoint: () => Effect.succeed(json(200, { status: "ok" })) },
  { method: "GET", path: "/get_server_capabilities", endpoint: capabilities },
  {
    method: "POST",
    path: "/client/config",
    endpoint: (world, { body }) =>
      decodeBody(ClientConfig, body).pipe(
        Effect.flatMap(({ sdk_version }) => checkVersion(world, sdk_version)),
        Effect.as(json(200, world.behaviour.clientConfig))
      )
  },
  {
    method: "POST",
    path: "/client/dynamic_config",
    endpoint: (_, { body }) =>
      Effect.as(
        decodeBody(ClientConfig, body),
        json(200, { refresh_interval_sec: 300, sample_cancel_enabled: false, sample_cancel_max_batch_size: 64 })
      )
  },
  { method: "POST", path: "/auth/token", endpoint: authToken },
  { method: "POST", path: "/create_session", endpoint: createSession },
  { method: "POST", path: "/session_heartbeat", endpoint: heartbeat },
  { method: "POST", path: "/sessions/:id/finish", endpoint: finish },
  {
    method: "POST",
    path: "/telemetry",
    endpoint: (_, { body }) => Effect.as(decodeBody(Telemetry, body), json(200, { status: "accepted" }))
  },
  {
    method: "GET",
    path: "/sessions",
    endpoint: ({ sessions }) => Effect.succeed(json(200, { sessions: sessions.list().map(({ id }) => id) }))
  },
  {
    method: "GET",
    path: "/sessions/:id",
    endpoint: ({ sessions }, { params }) => {
      const session = sessions.find(params[0]!)
      return session === undefined
        ? Effect.fail(refuse(404, "Session not found"))
        : Effect.succeed(json(200, sessionJson(session)))
    }
  }
]
