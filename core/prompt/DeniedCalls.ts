import type { Message } from "../domain/Message.ts"

/**
 * The conversation with only the corrections of calls that were denied: a small model that reads its denied call makes it again.
 * Of a correction that was learned nothing is left: what the model then does is what was verified.
 */
export const withoutDeniedCalls = (conversation: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  conversation.flatMap((message, index): ReadonlyArray<Message> => {
    if (message._tag === "Denied")
      return message.learned === true
        ? []
        : [{ _tag: "Correction", text: message.correction }]
    return message._tag === "Assistant" && conversation[index + 1]?._tag === "Denied" ? [] : [message]
  })
