import type { Message } from "../domain/Message.ts"
import { digest } from "./Digest.ts"

interface FittedConversation {
  readonly messages: ReadonlyArray<Message>
  /** Tool outputs replaced or cut. */
  readonly shortened: number
  /** Messages left out. */
  readonly dropped: number
}

/** What stays of the newest tool output at least, in characters. */
const LEAST_OUTPUT = 400

/** Smallest n in [0, max] for which `test` holds, or undefined. `test` must not turn false again as n grows. */
const smallest = (max: number, test: (n: number) => boolean): number | undefined => {
  if (!test(max)) return undefined
  let low = 0
  let high = max
  while (low < high) {
    const middle = (low + high) >> 1
    if (test(middle)) high = middle
    else low = middle + 1
  }
  return low
}

const marker = (output: string): string => `[older output left out: ${output.split("\n").length} lines]`

const withOutput = (message: Message, output: (old: string) => string): Message =>
  message._tag === "ToolResult" ? { ...message, output: output(message.output) } : message

/** What is kept of messages that are left out: notes, and corrections without the denied attempt. */
const essence = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  messages.flatMap((message): ReadonlyArray<Message> => {
    if (message._tag === "Note" || message._tag === "Correction") return [message]
    return message._tag === "Denied" ? [{ _tag: "Correction", text: message.correction }] : []
  })

/** Lines of the summary at most; older turns are only counted. */
const SUMMARY_LINES = 30

/** One note on the turns that are left out, ahead of what is kept of them. */
const summary = (turns: ReadonlyArray<ReadonlyArray<Message>>): ReadonlyArray<Message> => {
  const lines = turns.flatMap((turn) => digest(turn) ?? [])
  const counted = Math.max(0, lines.length - SUMMARY_LINES)
  if (lines.length === 0) return []
  const head = `What was done before, shortened${counted > 0 ? ` (${counted} still earlier tasks left out)` : ""}:`
  return [{ _tag: "Note", text: [head, ...lines.slice(counted).map((line) => `- ${line}`)].join("\n") }]
}

/** Groups of messages, each starting where `starts` holds. */
const groups = (
  messages: ReadonlyArray<Message>,
  starts: (message: Message) => boolean
): ReadonlyArray<ReadonlyArray<Message>> => {
  const all: Array<Array<Message>> = []
  for (const message of messages) {
    const last = all.at(-1)
    if (last === undefined || starts(message)) all.push([message])
    else last.push(message)
  }
  return all
}

const cutMiddle = (text: string, keep: number): string => {
  if (text.length <= keep) return text
  const half = Math.floor(keep / 2)
  const left = text.length - 2 * half
  return `${text.slice(0, half).toWellFormed()}\n[${left} characters left out]\n${
    text.slice(text.length - half).toWellFormed()
  }`
}

/**
 * Fits a conversation into a context window; `fits` says whether a candidate does. Older tool outputs shrink to a marker
 * first, then the oldest whole turns go (with `summarised`, a line on each stays), then the middle of the newest output, then the oldest exchanges of the current
 * turn. Notes, corrections and the current task always stay; a call and its result stay or go together. Undefined when even that
 * is too long.
 */
export const fitConversation = (
  conversation: ReadonlyArray<Message>,
  fits: (messages: ReadonlyArray<Message>) => boolean,
  { summarised = false }: { readonly summarised?: boolean } = {}
): FittedConversation | undefined => {
  const done = (messages: ReadonlyArray<Message>, shortened: number): FittedConversation => ({
    messages,
    shortened,
    dropped: Math.max(0, conversation.length - messages.length)
  })
  if (fits(conversation)) return done(conversation, 0)

  const outputs = conversation.flatMap((message, index) => message._tag === "ToolResult" ? [index] : [])
  const newest = outputs.at(-1)
  const shorten = (count: number): ReadonlyArray<Message> => {
    const shortened = new Set(outputs.slice(0, count))
    return conversation.map((message, index) => shortened.has(index) ? withOutput(message, marker) : message)
  }
  const older = Math.max(0, outputs.length - 1)
  const short = smallest(older, (n) => fits(shorten(n)))
  if (short !== undefined) return done(shorten(short), short)

  const turns = groups(shorten(older), (message) => message._tag === "User")
  const dropTurns = (count: number, summarise = summarised): ReadonlyArray<Message> => [
    ...(summarise ? summary(turns.slice(0, count)) : []),
    ...turns.slice(0, count).flatMap(essence),
    ...turns.slice(count).flat()
  ]
  const droppable = Math.max(0, turns.length - 1)
  const turnsOut = smallest(droppable, (n) => fits(dropTurns(n)))
  if (turnsOut !== undefined) return done(dropTurns(turnsOut), older)

  const kept = dropTurns(droppable, false)
  const newestMessage = newest === undefined ? undefined : conversation[newest]
  const length = newestMessage?._tag === "ToolResult" ? newestMessage.output.length : 0
  const cutNewest = (cut: number): ReadonlyArray<Message> =>
    kept.map((message) =>
      message === newestMessage ? withOutput(message, (old) => cutMiddle(old, length - cut)) : message
    )
  const most = Math.max(0, length - LEAST_OUTPUT)
  const cut = smallest(most, (n) => fits(cutNewest(n)))
  if (cut !== undefined) return done(cutNewest(cut), older + 1)

  const current = groups(cutNewest(most), (message) => message._tag === "Assistant" || message._tag === "User")
  const head = current.findIndex((group) => group[0]?._tag === "User") + 1
  const dropExchanges = (count: number): ReadonlyArray<Message> => [
    ...current.slice(0, head).flat(),
    ...current.slice(head, head + count).flatMap(essence),
    ...current.slice(head + count).flat()
  ]
  const exchanges = Math.max(0, current.length - head - 1)
  const exchangesOut = smallest(exchanges, (n) => fits(dropExchanges(n)))
  return exchangesOut === undefined ? undefined : done(dropExchanges(exchangesOut), older + 1)
}
