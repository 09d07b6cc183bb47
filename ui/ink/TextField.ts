import { graphemes } from "../text/Line.ts"

/** A text being typed. `cursor` counts UTF-16 units and always stands between two graphemes. */
export interface TextField {
  readonly value: string
  readonly cursor: number
}

export const emptyField: TextField = { value: "", cursor: 0 }
export const fieldOf = (value: string): TextField => ({ value, cursor: value.length })

export const insert = (field: TextField, text: string): TextField => ({
  value: field.value.slice(0, field.cursor) + text + field.value.slice(field.cursor),
  cursor: field.cursor + text.length
})

const before = (field: TextField) => graphemes(field.value.slice(0, field.cursor)).at(-1)?.length ?? 0
const after = (field: TextField) => graphemes(field.value.slice(field.cursor))[0]?.length ?? 0

const cut = (field: TextField, from: number, to: number): TextField => ({
  value: field.value.slice(0, from) + field.value.slice(to),
  cursor: from
})

const lineStart = (field: TextField) => field.value.lastIndexOf("\n", field.cursor - 1) + 1
const lineEnd = (field: TextField) => {
  const end = field.value.indexOf("\n", field.cursor)
  return end === -1 ? field.value.length : end
}
const wordStart = (field: TextField) =>
  field.value.slice(0, field.cursor).replace(/\s+$/, "").replace(/\S+$/, "").length

/** Editing operations by name; keys are bound to them in `Keys.ts`. */
export const edits = {
  left: (field: TextField): TextField => ({ ...field, cursor: field.cursor - before(field) }),
  right: (field: TextField): TextField => ({ ...field, cursor: field.cursor + after(field) }),
  lineStart: (field: TextField): TextField => ({ ...field, cursor: lineStart(field) }),
  lineEnd: (field: TextField): TextField => ({ ...field, cursor: lineEnd(field) }),
  backspace: (field: TextField): TextField => cut(field, field.cursor - before(field), field.cursor),
  delete: (field: TextField): TextField => cut(field, field.cursor, field.cursor + after(field)),
  deleteWord: (field: TextField): TextField => cut(field, wordStart(field), field.cursor),
  deleteToStart: (field: TextField): TextField => cut(field, lineStart(field), field.cursor),
  deleteToEnd: (field: TextField): TextField => cut(field, field.cursor, lineEnd(field)),
  newline: (field: TextField): TextField => insert(field, "\n")
} as const

export type Edit = keyof typeof edits
