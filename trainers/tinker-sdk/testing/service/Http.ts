import * as Schema from "effect/Schema"

/** A request as it reaches the service. Header names are in lower case; `path` carries the query. */
export interface FakeRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface FakeReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The connection broke before a reply came. Whether the request took effect is not known to the caller. */
export class ConnectionDropped extends Schema.TaggedError<ConnectionDropped>()("ConnectionDropped", {}) {
  override get message() {
    return "the connection was dropped"
  }
}

/** The service answers with this status instead of doing what was asked. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  status: Schema.Int,
  /** Text, or the list of problems of a body that does not fit its schema. */
  detail: Schema.Unknown
}) {
  override get message() {
    return typeof this.detail === "string" ? this.detail : JSON.stringify(this.detail)
  }
}

export const refuse = (status: number, detail: unknown): Refusal => new Refusal({ status, detail })

export const PROTOBUF = "application/x-protobuf"

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): FakeReply => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: bytesOf(JSON.stringify(value))
})

export const empty = (status: number): FakeReply => ({
  status,
  headers: { "content-length": "0" },
  body: new Uint8Array()
})

export const protobuf = (body: Uint8Array): FakeReply => ({ status: 200, headers: { "content-type": PROTOBUF }, body })

/** JSON with sorted keys: equal for equal values. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => a < b ? -1 : 1))
      : entry)
