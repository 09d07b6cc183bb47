/** How many workspace files the system prompt lists at most. */
export const LISTING_LIMIT = 24

/**
 * The system prompt: the rules of a turn, the workspace's files, and what the project tells every agent. Short on purpose: the
 * smallest models must have room for the conversation. `example`: a call as the model is to write it.
 */
export const systemPrompt = (
  listing: { readonly files: ReadonlyArray<string>; readonly total: number },
  instructions: ReadonlyArray<string> = [],
  example?: string
): string => {
  const more = listing.total - listing.files.length
  const files = listing.files.length === 0
    ? "(empty)"
    : listing.files.join("\n") + (more > 0 ? `\n(${more} more)` : "")
  const form = example === undefined
    ? ""
    : ` To call a tool, answer with one JSON object and nothing else, for example ${example}.`
  return "You are continualcode, a coding agent. Call one tool at a time. When the task is done, say so in one sentence."
    + `${form}\n\n`
    + [`Project files:\n${files}`, ...instructions.map((text) => `The project's instructions:\n${text}`)].join("\n\n")
}
