import * as Effect from "effect/Effect"
import type { Lesson } from "../domain/Lesson.ts"
import type { BackendError, LoraBackend, Tokenizer } from "../LoraBackend.ts"
import { baseWeights } from "../Weights.ts"
import { spacedJson } from "../prompt/ToolCallText.ts"
import { callOf, type Said, writtenTurn } from "../Turn.ts"

type Backend = Pick<LoraBackend["Service"], "score" | "tokenizer">

/** A token that the base model gives less is none of its own: it would sooner have written another. */
const OWN = 0.5
/** The same of words in quotes and in texts of several lines, where every writer chooses. */
const OWN_TEXT = 0.1
/** Longer calls are texts, in which words of one's own are no fault; tokens. */
const LONGEST = 128

/** Shorter ones are endings, options and the like. */
const WORD = /[\p{L}\p{N}]{3,}/gu

interface Word {
  readonly word: string
  /** Where it stands in the turn's text. */
  readonly from: number
  readonly to: number
  /** Whether it is part of a text: in quotes, or of several lines. */
  readonly isText: boolean
}

/** The words of a call, names of arguments left out. */
export const wordsOf = (turn: Said): ReadonlyArray<Word> => {
  const values = Object.values(callOf(turn)?.arguments ?? {}).map(spacedJson)
  let at = 0
  return values.flatMap((value) => {
    const start = Math.max(at, turn.text.indexOf(value, at))
    at = start + value.length
    return Array.from(value.matchAll(WORD), ({ 0: word, index }) => {
      const from = turn.text.indexOf(word, start)
      const quotes = value.slice(1, index).match(/\\"|'/g) ?? []
      return { word, from, to: from + word.length, isText: quotes.length % 2 === 1 || value.includes("\\n") }
    })
  }).filter(({ from }) => from >= 0)
}

/** Places of the tokens that a word of their text is made of. */
export const tokensIn = (tokenizer: Pick<Tokenizer, "decode">, ids: ReadonlyArray<number>) => {
  const ends = ids.map((_, t) => tokenizer.decode(ids.slice(0, t + 1)).length)
  return ({ from, to }: Word): ReadonlyArray<number> =>
    ids.flatMap((_, t) => (ends[t - 1] ?? 0) < to && (ends[t] ?? 0) > from ? [t] : [])
}

/** What was said and shown before a call came, and what the human wants instead. */
const heardIn = (
  { attempt, call, correctedCall, correction, teacherPromptIds }: Lesson,
  { tokenizer }: Backend
): string =>
  [
    tokenizer.decode(attempt.promptIds),
    tokenizer.decode(teacherPromptIds),
    correction,
    JSON.stringify([call.arguments, correctedCall?.arguments ?? {}])
  ].join("\n").toLowerCase()

/**
 * The words of a call that stand neither in the conversation nor in the correction, nor in the denied or the wanted call, and
 * that the base model would not write either, with the correction in view or without it. What is left was made up on the way.
 */
export const inventedWords = Effect.fn("inventedWords")(function*(
  backend: Backend,
  lesson: Lesson,
  turn: Said
): Effect.fn.Return<ReadonlyArray<string>, BackendError> {
  const heard = heardIn(lesson, backend)
  const strange = wordsOf(turn).filter(({ word }) => !heard.includes(word.toLowerCase()))
  if (strange.length === 0) return []
  const { ids } = writtenTurn(backend.tokenizer, turn.text)
  if (ids.length > LONGEST) return []
  const own = yield* Effect.forEach([lesson.attempt.promptIds, lesson.teacherPromptIds], (promptIds) =>
    Effect.map(
      backend.score({ promptIds, completionIds: ids, weights: baseWeights }),
      ({ logProbs }) => logProbs.map(Math.exp)
    ))
  const within = tokensIn(backend.tokenizer, ids)
  const isOwn = (word: Word) => {
    const least = word.isText ? OWN_TEXT : OWN
    return within(word).every((t) => own.some((chances) => (chances[t] ?? 0) >= least))
  }
  return [...new Set(strange.filter((word) => !isOwn(word)).map(({ word }) => word))]
})
