/** JSON bodies through the schemas. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { WireError } from "./WireError.ts"

type Codec = Schema.ConstraintCodec<unknown, unknown, never, never>

const texts = new WeakMap<Codec, unknown>()

/** Made once for each schema: what is compiled for it is found again by its identity. */
const textOf = <S extends Codec>(schema: S): Schema.fromJsonString<S> => {
  const known = texts.get(schema) as Schema.fromJsonString<S> | undefined
  if (known !== undefined) return known
  const made = Schema.fromJsonString(schema)
  texts.set(schema, made)
  return made
}

/** The JSON text of a message. Fails where the value is not of the schema. */
export const encodeJson = <S extends Codec>(schema: S) => {
  const encode = Schema.encodeEffect(textOf(schema))
  return (what: string, value: S["Type"]): Effect.Effect<string, WireError> =>
    Effect.mapError(encode(value), (error) => new WireError({ side: "encode", what, detail: error.message }))
}

/** Reads a message as clients do: keys nobody knows are left out. */
export const decodeJson = <S extends Codec>(schema: S) => {
  const decode = Schema.decodeUnknownEffect(textOf(schema))
  return (what: string, text: string): Effect.Effect<S["Type"], WireError> =>
    Effect.mapError(decode(text), (error) => new WireError({ side: "decode", what, detail: error.message }))
}

/** Reads a message as a strict server does: a key nobody knows is refused. */
export const decodeJsonStrictly = <S extends Codec>(schema: S) => {
  const decode = Schema.decodeUnknownEffect(textOf(schema), { onExcessProperty: "error", errors: "all" })
  return (what: string, text: string): Effect.Effect<S["Type"], WireError> =>
    Effect.mapError(decode(text), (error) => new WireError({ side: "decode", what, detail: error.message }))
}
