import type { Message } from "../domain/Message.ts"

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
const withoutEnd = (text: string): string => text.replace(/[.!?\s]+$/, "")

/**
 * Other ways to say a task. They are polite wrappings and no more: the situation, the files and the words for what is to be
 * done stay, so keeping a lesson here is the least one can ask.
 */
const WAYS: ReadonlyArray<(task: string) => string> = [
  (task) => `please ${lowerFirst(task)}`,
  (task) => `${task}, please`,
  (task) => `can you ${lowerFirst(task)}?`,
  (task) => `could you ${lowerFirst(task)} for me?`,
  (task) => `I want you to ${lowerFirst(task)}`,
  (task) => `next: ${lowerFirst(task)}`,
  (task) => `now ${lowerFirst(task)}`
]

/** `count` other ways to say a task; equal `key`s choose equal ways, so that runs at different times ask the same. */
export const rephrasings = (task: string, key: string, count: number): ReadonlyArray<string> => {
  const plain = withoutEnd(task.replace(/^(please|can you|could you)\s+/i, ""))
  let start = 0
  for (let index = 0; index < key.length; index++) start = (start * 31 + key.charCodeAt(index)) % WAYS.length
  return Array.from(
    { length: Math.min(count, WAYS.length) },
    (_, index) => WAYS[(start + index) % WAYS.length]?.(plain) ?? task
  )
    .filter((text) => text !== task)
}

/**
 * The conversation from the last message that states the task on, as if nothing had been said before, with the task said as
 * `otherwise`; undefined when no message states it.
 */
export const freshConversation = (
  conversation: ReadonlyArray<Message>,
  task: string,
  otherwise: string
): ReadonlyArray<Message> | undefined => {
  const at = conversation.findLastIndex((message) => message._tag === "User" && message.text === task)
  return at === -1 ? undefined : [{ _tag: "User", text: otherwise }, ...conversation.slice(at + 1)]
}
