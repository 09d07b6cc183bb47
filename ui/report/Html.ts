import { visible } from "../text/Visible.ts"

/** Text as HTML shows it: nothing in it is markup, and no control or invisible character hides. */
export const escaped = (text: string): string =>
  visible(text.replace(/\s+/g, " ").trim()).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll("\"", "&quot;").replaceAll("'", "&#39;")

/** A text cut to a length, with `…` where something was left out. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`
