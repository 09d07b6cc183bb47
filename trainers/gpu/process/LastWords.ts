import { maskText } from "../../../core/MaskSecrets.ts"

const KEPT_BYTES = 16_384
const SHOWN_LINES = 6
const SHOWN_WIDTH = 300

/** The end of what a process wrote for people, for the error that tells of its death. */
export interface LastWords {
  readonly push: (chunk: Uint8Array) => void
  /** The last lines, secrets masked; empty when nothing was written. */
  readonly text: () => string
}

export const makeLastWords = (): LastWords => {
  let kept = ""
  const decoder = new TextDecoder()
  return {
    push: (chunk) => {
      kept = (kept + decoder.decode(chunk, { stream: true })).slice(-KEPT_BYTES)
    },
    text: () =>
      maskText(kept).split(/\r?\n|\r/)
        // Colours and other control characters are for a terminal, not for a sentence.
        .map((line) => line.replaceAll(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f]/g, "").trimEnd())
        .filter((line) => line !== "")
        .slice(-SHOWN_LINES)
        .map((line) => line.length > SHOWN_WIDTH ? `${line.slice(0, SHOWN_WIDTH)}…` : line)
        .join("\n")
  }
}
