import type { Message } from "../domain/Message.ts"
import type { ChatMessage } from "../LoraBackend.ts"

/** Text from files and commands must not open or close turns of the conversation. */
const defused = (text: string): string => text.replaceAll(/<\|(im_start|im_end|endoftext)\|>/g, "<| $1 |>")

/** How each kind of message reads in the prompt. The correction's text is always there verbatim. */
export const chatMessage = (message: Message): ChatMessage => {
  switch (message._tag) {
    case "User":
      return { role: "user", content: message.text }
    case "Note":
      return { role: "user", content: `Note: ${message.text}` }
    case "Correction":
      return { role: "user", content: `Correction: ${message.text}` }
    case "Assistant":
      return { role: "assistant", content: message.text }
    case "ToolResult":
      return { role: "tool", content: defused(message.output) }
    case "Denied":
      return { role: "tool", content: `Denied by the user. Correction: ${message.correction}` }
    case "Reask":
      return { role: "user", content: message.text }
  }
}
