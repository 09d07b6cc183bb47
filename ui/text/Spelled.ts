import { visible } from "./Visible.ts"

/**
 * A token's text with nothing hidden: a space is `␣`, a line feed `⏎`, a tab `→`, and other control or invisible characters
 * are spelled out as `<U+0007>`. The empty text, which only ends the turn, is `(end)`.
 */
export const spelled = (token: string): string =>
  token === ""
    ? "(end)"
    : token.split("").map((character) => {
      switch (character) {
        case " ":
          return "␣"
        case "\n":
          return "⏎"
        case "\t":
          return "→"
        default:
          return character
      }
    }).join("").split(/([␣⏎→])/).map(visible).join("")
