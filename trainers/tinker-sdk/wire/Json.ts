/** JSON bodies through the schemas. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { WireError } from "./WireError.ts"

/** The JSON text of a message. Fails where the value is not of the schema. */
export const encodeJson = <S extends Schema.ConstraintCodec<unknown, unknown, never, never>>(schema: S) => {
  const encode = Schema.encodeEffect(Schema.fromJsonString(schema))
  return (what: string, value: S["Type"]): Effect.Effect<string, WireError> =>
    Effect.mapError(encode(value), (error) => new WireError({ side: "encode", what, detail: error.message }))
}

/** Reads a message as clients do: keys nobody knows are left out. */
export const decodeJson = <S extends Schema.ConstraintCodec<unknown, unknown, never, never>>(schema: S) => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return (what: string, text: string): Effect.Effect<S["Type"], WireError> =>
    Effect.mapError(decode(text), (error) => new WireError({ side: "decode", what, detail: error.message }))
}

/** Reads a message as a strict server does: a key nobody knows is refused. */
export const decodeJsonStrictly = <S extends Schema.ConstraintCodec<unknown, unknown, never, never>>(schema: S) => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema), { onExcessProperty: "error", errors: "all" })
  return (what: string, text: string): Effect.Effect<S["Type"], WireError> =>
    Effect.mapError(decode(text), (error) => new WireError({ side: "decode", what, detail: error.message }))
}
