import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Fault } from "./Faults.ts"
import { bytesOf, ConnectionDropped, type FakeReply, json, PROTOBUF } from "./service/Http.ts"

const statusReply = (fault: Extract<Fault, { readonly _tag: "Status" }>): FakeReply => {
  const { body, retryAfter, status } = fault
  const headers: Readonly<Record<string, string>> = retryAfter === undefined
    ? {}
    : { "retry-after-ms": String(retryAfter) }
  return typeof body === "string"
    ? { status, headers: { ...headers, "content-length": String(bytesOf(body).length) }, body: bytesOf(body) }
    : json(status, body ?? { detail: `injected ${status}` }, headers)
}

/** Carries a request out with something going wrong around it. */
export const deliver = (
  fault: Fault | undefined,
  perform: Effect.Effect<FakeReply>,
  expire: Effect.Effect<void>
): Effect.Effect<FakeReply, ConnectionDropped> => {
  switch (fault?._tag) {
    case undefined:
      return perform
    case "Status":
      return fault.when === "before" ? Effect.succeed(statusReply(fault)) : Effect.as(perform, statusReply(fault))
    case "Drop":
      return Effect.andThen(fault.when === "before" ? Effect.void : perform, Effect.fail(new ConnectionDropped()))
    case "Delay": {
      const wait = Effect.sleep(Duration.millis(fault.millis))
      return fault.what === "request" ? Effect.andThen(wait, perform) : Effect.tap(perform, () => wait)
    }
    case "Truncate":
      return Effect.map(perform, (reply) =>
        reply.headers["content-type"] === PROTOBUF
          ? { ...reply, body: reply.body.slice(0, Math.max(0, reply.body.length - fault.bytes)) }
          : reply)
    case "Expire":
      return Effect.andThen(expire, perform)
  }
}
