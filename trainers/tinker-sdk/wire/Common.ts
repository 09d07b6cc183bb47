/** How fields of the protocol are declared. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The literal tag of a message: always sent, filled in by `make`, not missed when the other side leaves it out. */
export const tag = <const Name extends string>(name: Name) =>
  Schema.tag(name).pipe(Schema.withDecodingDefaultKey(Effect.succeed(name)))

/** A field of a reply that may be missing or null. */
export const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** A field of a request that is left out where there is no value; null is understood as absence. */
export const optional = maybe

/** Fields with a value of their own when they are missing. */
export const integerOr = (value: number) =>
  Schema.Int.pipe(
    Schema.withConstructorDefault(Effect.succeed(value)),
    Schema.withDecodingDefaultKey(Effect.succeed(value))
  )

export const numberOr = (value: number) =>
  Schema.Number.pipe(
    Schema.withConstructorDefault(Effect.succeed(value)),
    Schema.withDecodingDefaultKey(Effect.succeed(value))
  )

export const booleanOr = (value: boolean) =>
  Schema.Boolean.pipe(
    Schema.withConstructorDefault(Effect.succeed(value)),
    Schema.withDecodingDefaultKey(Effect.succeed(value))
  )

export const stringOr = (value: string) =>
  Schema.String.pipe(
    Schema.withConstructorDefault(Effect.succeed(value)),
    Schema.withDecodingDefaultKey(Effect.succeed(value))
  )
