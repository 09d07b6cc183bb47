import * as Effect from "effect/Effect"
import type { Lesson, LessonTool } from "../../core/domain/Lesson.ts"
import type { BackendError, LoraBackend, Scores, Tokenizer } from "../../core/LoraBackend.ts"
import { currentWeights } from "../../core/Weights.ts"
import { callOf, readTurn, type Said, said, sameIds, sampleTurn, type Turn } from "../../core/Turn.ts"
import { sum } from "../math/TokenMean.ts"
import { sayMore } from "./Goal.ts"
import { longestBeside, type Speaker } from "./GreedyTurn.ts"
import type { NoSignal } from "./Objective.ts"

type Backend = LoraBackend["Service"]
type Ids = ReadonlyArray<number>

/** What the teacher would do, held to a call of a tool that there is. Its log-probabilities are those to the teacher. */
export interface ToldTurn extends Turn {
  /** How many of its first tokens open the call: they were given, in the form that the attempt has. */
  readonly given: number
  /** Of each token, whether the teacher by itself would have written it there. */
  readonly own: ReadonlyArray<boolean>
}

/** Ways to open a call, for attempts that make none. */
const OPENINGS = ["{\"name\": \"", "<tool_call>\n{\"name\": \""]
const NAME = /"name"\s*:\s*"/
/** Up to the value of the first argument, where that is a text. */
const FIRST_VALUE = /"\s*,\s*"(?:arguments|parameters)"\s*:\s*\{\s*"\w+"\s*:\s*"/

/** Whether a correction asks for an answer in words instead of a call. */
export const asksForWords = (correction: string): boolean =>
  /\b(in words|no (tool|call|command)s?|without (a |any )?(tool|call|command)s?|(do not|don'?t) (call|run|use) (a|any) (tool|command)s?|(just|only) (answer|say|tell|explain))\b/i
    .test(correction)

/** The first of the tokens whose text is at most `length` characters long. */
const upTo = ({ decode }: Tokenizer, ids: Ids, length: number): Ids => {
  let count = 0
  while (count < ids.length && decode(ids.slice(0, count + 1)).length <= length) count++
  return ids.slice(0, count)
}

/** The attempt's tokens up to the end of the first match; undefined without one. */
const opened = ({ tokenizer }: Backend, { ids, text }: Pick<Turn, "ids" | "text">, until: RegExp): Ids | undefined => {
  const found = until.exec(text)
  return found === null ? undefined : upTo(tokenizer, ids, found.index + found[0].length)
}

/** log p of each of some continuations of a prompt and an opening, nats. */
const likelihoods = (backend: Backend, { promptIds, weights }: Speaker, opening: Ids, rests: ReadonlyArray<Ids>) =>
  Effect.forEach(
    rests,
    (rest) =>
      backend.score({ promptIds, completionIds: [...opening, ...rest], weights, reuse: true }).pipe(
        Effect.map(({ logProbs }) => ({ rest, logProb: sum(logProbs.slice(opening.length)) }))
      )
  )

const likeliest = <A extends { readonly logProb: number }>(some: ReadonlyArray<A>): A =>
  some.reduce((best, one) => one.logProb > best.logProb ? one : best)

/** Tokens looked at where a tool's name begins. */
const FIRST_TOKENS = 512

/** The likeliest of some continuations: by their first tokens, where one pass tells them apart. */
const likeliestAfter = Effect.fnUntraced(function*(
  backend: Backend,
  speaker: Speaker,
  opening: Ids,
  rests: ReadonlyArray<Ids>
) {
  const topK = Math.min(FIRST_TOKENS, backend.info.capabilities.topK)
  const { topK: rows = [] } = yield* backend.score({
    ...speaker,
    completionIds: [...opening, rests[0]?.[0] ?? 0],
    reuse: true,
    topK
  })
  const chances = new Map(rows.at(-1)?.map(({ id, logProb }) => [id, logProb]))
  const chance = (rest: Ids) => chances.get(rest[0] ?? -1) ?? -Infinity
  const most = Math.max(...rests.map(chance))
  const left = most === -Infinity ? rests : rests.filter((rest) => chance(rest) === most)
  const [only, ...others] = left
  return only !== undefined && others.length === 0
    ? only
    : likeliest(yield* likelihoods(backend, speaker, opening, left)).rest
})

/** Whether a turn is a call of one of the tools, with the arguments that it needs. */
export const callsOneOf = (tools: ReadonlyArray<LessonTool>, turn: Said): boolean => {
  const call = callOf(turn)
  const tool = tools.find(({ name }) => name === call?.tool)
  return call !== undefined && tool !== undefined && tool.required.every((name) => name in call.arguments)
}

/** How many braces are open at the end of a text; those in strings do not count. */
const openBraces = (text: string): number => {
  const bare = text.replaceAll(/"(?:[^"\\\n]|\\.)*"/g, "")
  return bare.split("{").length - bare.split("}").length
}

/** Tokens of a call with its last braces, which small models forget. */
const closed = ({ tokenizer: { decode, encode, stopIds } }: Backend, ids: Ids): Ids => {
  const end = stopIds.includes(ids.at(-1)!) ? ids.length - 1 : ids.length
  const text = decode(ids.slice(0, end))
  const missing = openBraces(text)
  if (missing <= 0 || end === ids.length) return ids
  const last = text.slice(decode(ids.slice(0, end - 1)).length)
  return [...ids.slice(0, end - 1), ...encode(last.trimEnd() + "}".repeat(missing)), ...ids.slice(end)]
}

/**
 * The tokens that open a call of the tool that is likeliest to the teacher, up to its name; where it is the attempt's, up to the
 * value of the first argument.
 */
const openingOf = Effect.fnUntraced(function*(
  backend: Backend,
  { attempt, call }: Pick<Lesson, "attempt" | "call">,
  teacher: Speaker,
  tools: ReadonlyArray<LessonTool>
) {
  const { encode } = backend.tokenizer
  const opening = opened(backend, attempt, NAME)
    ?? likeliest(yield* likelihoods(backend, teacher, [], OPENINGS.map(encode))).rest
  const names = tools.map(({ name }) => name)
  const rest = yield* likeliestAfter(backend, teacher, opening, names.map(encode))
  const isSame = sameIds(rest, encode(call.tool))
    && !names.some((name) => name !== call.tool && name.startsWith(call.tool))
  return (isSame ? opened(backend, attempt, FIRST_VALUE) : undefined) ?? [...opening, ...rest]
})

/** Weight of the contrast; and the share of the likeliest token's probability that a token must have to the teacher. */
const CONTRAST = 1
const PLAUSIBLE = 0.1
/** Tokens looked at on either side. */
const LOOKED_AT = 64
/** Places at most where a turn is made to follow the contrast. */
const TURNS = 2

/**
 * Where the teacher's turn should part from its greedy one: the first token that the correction speaks for more than the greedy one,
 * (1 + a) log q - a log p with q the teacher and p the student (context-aware decoding, Shi et al. 2023, arXiv 2305.14739), among
 * those that are plausible to the teacher (Li et al. 2022, arXiv 2210.15097). Undefined where the greedy turn is the best all along.
 */
export const contrastAt = (
  ids: Ids,
  from: number,
  teacher: NonNullable<Scores["topK"]>,
  student: NonNullable<Scores["topK"]>
): { readonly at: number; readonly id: number } | undefined => {
  for (let at = from; at < ids.length; at++) {
    const [rows, others] = [teacher[at] ?? [], student[at] ?? []]
    const least = others.at(-1)?.logProb ?? 0
    const untold = new Map(others.map(({ id, logProb }) => [id, logProb]))
    const plausible = rows.filter(({ logProb }) => logProb >= (rows[0]?.logProb ?? 0) + Math.log(PLAUSIBLE))
    if (plausible.length === 0) continue
    const { id } = likeliest(plausible.map(({ id, logProb }) => ({
      id,
      logProb: (1 + CONTRAST) * logProb - CONTRAST * (untold.get(id) ?? least)
    })))
    if (id !== ids[at]) return { at, id }
  }
  return undefined
}

const wordsIn = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu))

/** Whether a turn has a word of the correction that the attempt has not. */
export const takesUp = (turn: Said, { attempt, correction }: Pick<Lesson, "attempt" | "correction">): boolean => {
  const [made, denied] = [wordsIn(turn.text), wordsIn(attempt.text)]
  return [...wordsIn(correction)].some((word) => made.has(word) && !denied.has(word))
}

/**
 * What the teacher would do with the correction in view, held to what can run: the opening of a call in the attempt's own form,
 * the likeliest of the tools, and from there on its greedy tokens; where those take up no word of the correction, turned to what the
 * correction speaks for. A small model that is left to itself answers a correction with words or an invented tool, or does what it would have
 * done, which teaches nothing. Where the correction asks for words, the turn is not held. Without a turn that can be used, why no step
 * is made.
 */
export const toldTurn = Effect.fn("toldTurn")(function*(
  backend: Backend,
  lesson: Lesson,
  teacher: Speaker,
  tools: ReadonlyArray<LessonTool>,
  seed: number
): Effect.fn.Return<ToldTurn | NoSignal, BackendError> {
  const { attempt } = lesson
  const { promptIds, weights } = teacher
  const student: Speaker = { promptIds: attempt.promptIds, weights: currentWeights }
  const longest = longestBeside(backend, promptIds, attempt)
  const topK = Math.min(LOOKED_AT, backend.info.capabilities.topK)
  const after = (opening: Ids) =>
    sampleTurn(backend, {
      promptIds: [...promptIds, ...opening],
      maxTokens: Math.max(1, longest - opening.length),
      temperature: 0,
      topP: 1,
      seed,
      weights,
      scored: false
    }).pipe(Effect.map((rest) => [...opening, ...rest.ids]))
  const scored = ({ promptIds, weights }: Speaker, completionIds: Ids) =>
    backend.score({ promptIds, completionIds, weights, ...(topK > 0 ? { topK } : {}) })
  const read = Effect.fnUntraced(function*(ids: Ids, given: number) {
    const { logProbs, topK: rows } = yield* scored(teacher, ids)
    const own = ids.map((id, t) => rows === undefined || rows[t]?.[0]?.id === id)
    return { ...readTurn({ ids, logProbs, text: backend.tokenizer.decode(ids) }), given, own } satisfies ToldTurn
  })

  if (asksForWords(lesson.correction)) {
    const free = yield* Effect.flatMap(after([]), (ids) => read(ids, 0))
    if (free.parsed._tag === "Words" && free.text.trim() !== "") return free
  }
  const given = yield* openingOf(backend, lesson, teacher, tools)
  const greedy = yield* after(given)
  const follows = (ids: Ids) => takesUp(said(backend.tokenizer.decode(ids)), lesson)
  let ids = greedy
  let from = given.length
  for (let left = topK > 1 ? TURNS : 0; left > 0 && !follows(ids); left--) {
    const [told, untold] = [yield* scored(teacher, ids), yield* scored(student, ids)]
    const turn = contrastAt(ids, from, told.topK ?? [], untold.topK ?? [])
    if (turn === undefined) break
    from = turn.at + 1
    ids = yield* after([...ids.slice(0, turn.at), turn.id])
  }
  const turn = yield* read(closed(backend, follows(ids) ? ids : greedy), given.length)
  return callsOneOf(tools, turn) ? turn : {
    noSignal: "Even with your correction in view the model makes no call that can run, so no step was made. "
      + sayMore(lesson.kind),
    divergence: 0
  }
})
