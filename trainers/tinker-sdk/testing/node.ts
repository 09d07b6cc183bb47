import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { type FakeTinker, type FakeTinkerOptions, makeFakeTinker } from "./FakeTinker.ts"

/*
 * The fake service behind a real socket. The one file here that needs Node's modules (Deno has them too).
 */

/** The service could not listen. */
class ListenError extends Schema.TaggedError<ListenError>()("ListenError", { message: Schema.String }) {}

interface Listening {
  /** What a client takes as its base address. */
  readonly baseUrl: string
  readonly port: number
}

interface ListenOptions {
  /** Default 0: any that is free. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
}

const readBody = async (message: IncomingMessage): Promise<Uint8Array> => {
  const parts: Array<Uint8Array> = []
  for await (const part of message) parts.push(part)
  return Uint8Array.from(Buffer.concat(parts))
}

const flatHeaders = (message: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]
    )
  )

/** Answers one request; a caller who hangs up breaks it off. */
const respond = (service: FakeTinker["Service"], message: IncomingMessage, response: ServerResponse) =>
  Effect.promise(() => readBody(message)).pipe(
    Effect.flatMap((body) =>
      service.handle({
        method: message.method ?? "GET",
        path: message.url ?? "/",
        headers: flatHeaders(message),
        body
      })
    ),
    Effect.match({
      onSuccess: (reply) => {
        response.writeHead(reply.status, { ...reply.headers })
        response.end(reply.body)
      },
      onFailure: () => {
        message.socket.destroy()
      }
    })
  )

const open = (server: Server, options: ListenOptions): Effect.Effect<number, ListenError> =>
  Effect.callback((resume) => {
    server.once(
      "error",
      (cause) =>
        resume(Effect.fail(new ListenError({ message: `cannot listen: ${cause.message}. Choose another port.` })))
    )
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const shut = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.closeAllConnections()
    server.close(() => resume(Effect.void))
  })

/** Listens for the service until the scope closes. A path in the service's base address stays in front of every path. */
export const listen = Effect.fnUntraced(function*(
  service: FakeTinker["Service"],
  options: ListenOptions = {}
): Effect.fn.Return<Listening, ListenError, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const scope = yield* Scope.Scope
  const server = createServer((message, response) => {
    const fiber = Effect.runForkWith(context)(
      Effect.forkIn(respond(service, message, response), scope).pipe(
        Effect.flatMap(Fiber.join)
      )
    )
    response.once("close", () => {
      if (!response.writableFinished) fiber.interruptUnsafe()
    })
  })
  const port = yield* Effect.acquireRelease(open(server, options), () => shut(server))
  const { pathname } = new URL(service.baseUrl)
  return { baseUrl: `http://${options.host ?? "127.0.0.1"}:${port}${pathname.replace(/\/$/, "")}`, port }
})

interface StartedFakeTinker extends Listening {
  readonly service: FakeTinker["Service"]
  readonly close: () => Promise<void>
  /** For `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Starts a listening fake service, for those who do not use Effect. Close it when done. */
export const startFakeTinker = (options: FakeTinkerOptions & ListenOptions = {}): Promise<StartedFakeTinker> =>
  Effect.runPromise(Effect.gen(function*() {
    const scope = yield* Scope.make()
    const service = yield* Scope.provide(makeFakeTinker(options), scope)
    const listening = yield* Scope.provide(listen(service, options), scope)
    const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
    return { ...listening, service, close, [Symbol.asyncDispose]: close }
  }))
