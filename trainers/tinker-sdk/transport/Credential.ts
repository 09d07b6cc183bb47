/** The key, or the short-lived token that the service wants instead of it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

/** Refreshed this long before its end, in the background. */
const EARLY = 300_000
/** From here on whoever needs the token refreshes it first. */
const LAST_MINUTE = 60_000
const AFTER_FAILURE = 60_000

const asClaims = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ exp: Schema.Number })))

/** When a token ends, in ms; unreadable tokens are taken to end in an hour. */
const tokenEnd = (token: string, now: number): number => {
  const payload = Base64Url.decodeString(token.split(".")[1] ?? "")
  const claims = Result.isSuccess(payload) ? asClaims(payload.success) : Option.none()
  return Option.match(claims, { onNone: () => now + 3_600_000, onSome: ({ exp }) => exp * 1000 })
}

interface CredentialStore {
  readonly current: Effect.Effect<Redacted.Redacted<string>>
  /** From now on use tokens; `fetchToken` exchanges the key for one. Fails where the first exchange does. */
  readonly useTokens: <E>(
    fetchToken: Effect.Effect<Redacted.Redacted<string>, E>
  ) => Effect.Effect<void, E, Scope.Scope>
}

export const makeCredential = (key: Redacted.Redacted<string>): CredentialStore => {
  let token: { readonly value: Redacted.Redacted<string>; readonly end: number } | undefined
  let refresh: Effect.Effect<void> = Effect.void
  const oneAtATime = Semaphore.makeUnsafe(1)

  const current = Effect.gen(function*() {
    if (token === undefined) return key
    const held = token
    const now = yield* Clock.currentTimeMillis
    if (held.end - now <= LAST_MINUTE) {
      // Whoever waited for another's refresh finds a newer token.
      yield* oneAtATime.withPermits(1)(Effect.suspend(() => token === held ? refresh : Effect.void))
    }
    return token.value
  })

  const useTokens = <E>(fetchToken: Effect.Effect<Redacted.Redacted<string>, E>) =>
    Effect.gen(function*() {
      const renew = Effect.gen(function*() {
        const value = yield* fetchToken
        token = { value, end: tokenEnd(Redacted.value(value), yield* Clock.currentTimeMillis) }
      })
      yield* renew
      refresh = Effect.ignore(renew)
      const background = Effect.gen(function*() {
        for (;;) {
          const now = yield* Clock.currentTimeMillis
          const end = token?.end ?? now
          yield* Effect.sleep(Math.max(end - now - EARLY, (end - now) / 2, 1000))
          const renewed = yield* Effect.result(oneAtATime.withPermits(1)(renew))
          if (renewed._tag === "Failure") yield* Effect.sleep(AFTER_FAILURE)
        }
      })
      yield* Effect.forkScoped(background)
    })

  return { current, useTokens }
}
