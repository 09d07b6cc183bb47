/** What the service wants its clients to do. Servers without such endpoints get the defaults. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TinkerError } from "../TinkerError.ts"
import { ClientConfig, ClientConfigRequest, DynamicConfig, Endpoints } from "../wire/index.ts"
import { type Core, direct } from "./Core.ts"

const SHORTEST_REFRESH = 10

/** The call's answer, or `otherwise` where the server does not know the endpoint. */
const unlessUnknown = <A>(call: Effect.Effect<A, TinkerError>, otherwise: A): Effect.Effect<A, TinkerError> =>
  Effect.catchIf(
    call,
    (error) => error._tag === "TinkerStatusError" && [404, 405, 501].includes(error.status),
    () => Effect.succeed(otherwise)
  )

export const fetchClientConfig = (core: Core): Effect.Effect<ClientConfig, TinkerError> =>
  unlessUnknown(
    direct(core, {
      operation: "client_config",
      path: Endpoints.clientConfig,
      request: ClientConfigRequest,
      value: { sdk_version: core.transport.version() },
      reply: ClientConfig
    }),
    ClientConfig.make({})
  )

/** Kept up to date in the background while the scope is open. */
export const watchDynamicConfig = (core: Core): Effect.Effect<() => DynamicConfig, never, Scope.Scope> =>
  Effect.gen(function*() {
    let known = DynamicConfig.make({})
    const ask = unlessUnknown(
      Effect.map(
        direct(core, {
          operation: "dynamic_config",
          path: Endpoints.dynamicConfig,
          request: ClientConfigRequest,
          value: { sdk_version: core.transport.version() },
          reply: DynamicConfig
        }, { httpRetries: 0 }),
        (config) => {
          known = config
          return true
        }
      ),
      false
    )
    const watch = Effect.gen(function*() {
      for (;;) {
        const answer = yield* Effect.result(ask)
        if (answer._tag === "Success" && !answer.success) return
        yield* Effect.sleep(Math.max(known.refresh_interval_sec, SHORTEST_REFRESH) * 1000)
      }
    })
    yield* Effect.forkScoped(watch)
    return () => known
  })
