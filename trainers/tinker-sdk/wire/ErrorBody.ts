/** What a server says when it refuses. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const Issue = Schema.Struct({
  type: Schema.optionalKey(Schema.String),
  loc: Schema.optionalKey(Schema.Array(Schema.Union([Schema.String, Schema.Number]))),
  msg: Schema.String
})
const Detail = Schema.Struct({ detail: Schema.Union([Schema.String, Schema.Array(Issue)]) })
const Named = Schema.Union([Schema.Struct({ error: Schema.String }), Schema.Struct({ message: Schema.String })])

const asDetail = Schema.decodeUnknownOption(Schema.fromJsonString(Detail))
const asNamed = Schema.decodeUnknownOption(Schema.fromJsonString(Named))

const sentence = ({ loc, msg }: typeof Issue.Type): string =>
  loc === undefined || loc.length === 0 ? msg : `${loc.filter((part) => part !== "body").join(".")}: ${msg}`

/** The words of a web page, in one line; other texts as they are. */
const withoutMarkup = (text: string): string =>
  /^\s*</.test(text)
    ? text.replace(/<(head|style|script)\b[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")
    : text

/** The readable part of an error body: `detail`, else `error`, else the words of the text itself, at most 500 characters. */
export const readableErrorBody = (body: string): string => {
  const text = Option.match(asDetail(body), {
    onSome: ({ detail }) => typeof detail === "string" ? detail : detail.map(sentence).join("; "),
    onNone: () =>
      Option.match(asNamed(body), {
        onSome: (named) => "error" in named ? named.error : named.message,
        onNone: () => withoutMarkup(body).trim()
      })
  })
  return text.length <= 500 ? text : `${text.slice(0, 500)}…`
}
