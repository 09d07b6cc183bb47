import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { TinkerProgress } from "../tinker-sdk/index.ts"

/** Shorter absences are not worth a word. */
const WORTH_TELLING = 2000

const clockTime = (at: number): string => new Date(at).toTimeString().slice(0, 8)

const duration = (ms: number): string => {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/**
 * What the person should know of what a client tells: that nothing answers and since when, once for each absence, that it is over,
 * and the service's own words. `told`: whether the absence was told.
 */
export const noticesOf = (
  host: string,
  told: boolean,
  progress: TinkerProgress
): readonly [told: boolean, notices: ReadonlyArray<string>] => {
  switch (progress._tag) {
    case "Away":
      return told || progress.awayMs < WORTH_TELLING ? [told, []] : [true, [
        `${host} does not answer since ${clockTime(progress.since)} (${progress.reason}). `
        + "What it was asked waits and goes on when it is back; stopping the turn stops the waiting."
      ]]
    case "Back":
      return told
        ? [false, [`${host} answers again, after ${duration(progress.awayMs)}.`]]
        : [false, []]
    case "HeartbeatMissing":
      return [
        told,
        told ? [] : [
          `${host} took no sign of life from here for ${duration(progress.sinceMs)}, so it may end the session.`
        ]
      ]
    case "Notice":
      return [told, [`${host} says: ${progress.text}`]]
    default:
      return [told, []]
  }
}

export interface Notices {
  readonly stream: Stream.Stream<string>
  readonly tell: (message: string) => Effect.Effect<void>
}

const KEPT = 64

/** Notices of the service beside those that are told here. */
export const makeNotices = (host: string, progress: Stream.Stream<TinkerProgress>): Effect.Effect<Notices> =>
  Effect.map(PubSub.sliding<string>(KEPT), (own) => ({
    stream: Stream.merge(
      Stream.mapAccum(progress, () => false, (told, one) => noticesOf(host, told, one)),
      Stream.fromPubSub(own)
    ),
    tell: (message) => Effect.asVoid(PubSub.publish(own, message))
  }))
