import * as Schema from "effect/Schema"

/** A message that cannot be written (`side: "encode"`, the caller's values) or read (`side: "decode"`, the other side's bytes). */
export class WireError extends Schema.TaggedError<WireError>()("TinkerWireError", {
  side: Schema.Literals(["encode", "decode"]),
  /** Which message or field. */
  what: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return this.side === "encode"
      ? `${this.what} cannot be sent: ${this.detail}. Correct the value and send it again.`
      : `${this.what} cannot be read: ${this.detail}. Ask again; if it happens every time, the other side speaks another ` +
        "version of the protocol."
  }
}

/** Throws the error that the effect around the codec catches. */
export const refuse = (side: "encode" | "decode", what: string, detail: string): never => {
  throw new WireError({ side, what, detail })
}
