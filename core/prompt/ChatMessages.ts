import type { Message } from "../domain/Message.ts"
import type { ChatMessage } from "../LoraBackend.ts"

/** What opens and closes turns for Qwen, and for Llama 3. */
const MARKS =
  /<\|(im_start|im_end|endoftext|begin_of_text|end_of_text|start_header_id|end_header_id|eot_id|eom_id|python_tag)\|>/g

/** Text from files and commands must not open or close turns of the conversation. */
const defused = (text: string): string => text.replaceAll(MARKS, "<| $1 |>")

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
