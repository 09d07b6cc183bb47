import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BackendError, LoraBackend, SampledToken, SampleRequest } from "./LoraBackend.ts"
import type { Standing } from "./prompt/calls/Grammar.ts"
import { makeRandom } from "./Random.ts"

type Backend = Pick<LoraBackend["Service"], "info" | "sample" | "score" | "tokenizer">

/** How many of the likeliest tokens are looked at where the sampled one does not fit, first and then. */
const LISTED = [32, 1024]
/** A turn that needs more corrections than this is left as it comes. */
const MOST = 64

interface Held {
  readonly ids: ReadonlyArray<number>
  /** What they spell. */
  readonly text: string
  readonly corrected: number
}

/** A number in [0, 1) for this seed and place. */
const uniform = (seed: number, place: number): number => makeRandom(seed + 2 ** 32 * (place + 1)).uniform()

/**
 * Samples a turn that is held to a grammar once a call has begun in it: a token that the grammar does not let through is replaced by one drawn from
 * those that it does, in proportion to the model's own probabilities, and sampling goes on from there. That is the model's distribution over
 * the allowed tokens: the sampled one is refused with the mass of those that are not. Log-probabilities are the model's own, of all tokens. Needs a
 * backend that lists likely tokens; nothing else is asked of it, and tokens that fit cost nothing more.
 */
export const sampleHeld = (
  backend: Backend,
  request: SampleRequest,
  standing: (text: string) => Standing
): Stream.Stream<SampledToken, BackendError> => {
  const { decode, stopIds } = backend.tokenizer
  const { maxTokens, promptIds, seed, temperature, weights } = request

  /** Tells the text after one more token; undefined when the grammar does not let it through. */
  const after = ({ ids, text }: Held) => {
    const now = standing(text)
    return (id: number): string | undefined => {
      if (stopIds.includes(id)) return now === "Open" ? undefined : text
      const longer = decode([...ids, id])
      if (now === "Free") return longer
      // A token without text of its own, as special ones are, would be taken for ever.
      return longer.length > text.length && standing(longer) !== "Broken" ? longer : undefined
    }
  }

  const replacement = Effect.fnUntraced(function*(held: Held, refused: number) {
    const most = backend.info.capabilities.topK
    const textAfter = after(held)
    for (const topK of [...LISTED.filter((count) => count < most), most]) {
      const { topK: rows = [] } = yield* backend.score({
        promptIds,
        completionIds: [...held.ids, refused],
        weights,
        topK
      })
      const allowed = (rows.at(-1) ?? []).flatMap((token) => {
        const text = token.id === refused ? undefined : textAfter(token.id)
        return text === undefined ? [] : [{ ...token, text }]
      })
      const [likeliest] = allowed
      if (likeliest === undefined) continue
      if (temperature === 0) return likeliest
      const masses = allowed.map(({ logProb }) => Math.exp((logProb - likeliest.logProb) / temperature))
      let left = uniform(seed, held.ids.length) * masses.reduce((sum, mass) => sum + mass, 0)
      return allowed.find((_, index) => (left -= masses[index] ?? 0) < 0) ?? likeliest
    }
    return undefined
  })

  const from = (start: Held): Stream.Stream<SampledToken, BackendError> =>
    Stream.suspend(() => {
      let held = start
      let refused: SampledToken | undefined
      const spelled = (text: string, isLast: boolean): string =>
        !isLast && text.endsWith("\uFFFD") ? "" : text.slice(held.text.replace(/\uFFFD+$/, "").length)
      const fitting = backend.sample({
        ...request,
        promptIds: [...promptIds, ...start.ids],
        maxTokens: maxTokens - start.ids.length,
        seed: seed + start.corrected
      }).pipe(
        Stream.map((token): SampledToken | undefined => {
          if (refused !== undefined) return undefined
          const text = start.corrected < MOST ? after(held)(token.id) : decode([...held.ids, token.id])
          if (text === undefined) {
            refused = token
            return undefined
          }
          const shown = spelled(text, token.finish !== undefined)
          held = { ...held, ids: [...held.ids, token.id], text }
          return { ...token, text: shown }
        }),
        Stream.takeWhile((token) => token !== undefined)
      )
      const rest = Stream.unwrap(Effect.gen(function*() {
        if (refused === undefined) return Stream.empty
        const found = yield* replacement(held, refused.id)
        // Nothing the model can say fits: it is left as it is.
        const token = found ?? { ...refused, text: decode([...held.ids, refused.id]) }
        const ids = [...held.ids, token.id]
        const isStop = stopIds.includes(token.id)
        const finish = isStop ? "stop" : ids.length >= maxTokens ? "length" : undefined
        const shown: SampledToken = {
          id: token.id,
          logProb: token.logProb,
          text: isStop ? "" : spelled(token.text, finish !== undefined),
          ...(finish === undefined ? {} : { finish })
        }
        const next = {
          ids,
          text: isStop ? held.text : token.text,
          corrected: found === undefined ? MOST : start.corrected + 1
        }
        return finish === undefined ? Stream.concat(Stream.make(shown), from(next)) : Stream.make(shown)
      }))
      return Stream.concat(fitting, rest)
    })

  return from({ ids: [], text: "", corrected: 0 })
}
