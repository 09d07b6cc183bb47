import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { ConfigError } from "../config/Decode.ts"
import { rulesOf } from "./Defaults.ts"
import { PermissionSet } from "./PermissionSet.ts"
import { Rule } from "./Rule.ts"

/** Permissions as they are written in agent.ts and in the user's own file: in Deno's words, and rules after them. */
export const WrittenPermissions = Schema.Struct({
  ...PermissionSet.fields,
  rules: Schema.optionalKey(Schema.Array(Rule))
})
export type WrittenPermissions = typeof WrittenPermissions.Type

const decode = Schema.decodeUnknownResult(WrittenPermissions, { errors: "all", onExcessProperty: "error" })
const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const ALLOWED =
  "Permissions are read, write, run, net and env, each true, false, a list, or { allow, deny }, and rules."

/** Permissions out of a file or agent.ts. What is wrong is told by its place in `source`. */
export const decodeWritten = (value: unknown, source: string): Result.Result<WrittenPermissions, ConfigError> =>
  Result.mapError(decode(value), ({ issue }) => {
    const places = formatIssues(issue).issues.map(({ path }) => path?.map(String).join(".") ?? "")
    const [first = "", ...others] = [...new Set(places)].map((place) =>
      `${source}: ${place === "" ? "this is" : `${place} is`} not as permissions are written. ${ALLOWED}`
    )
    return new ConfigError({ reason: "Setting", problems: [first, ...others] })
  })

/** What was written as rules, in order. */
export const rulesWritten = ({ rules = [], ...permissions }: WrittenPermissions): ReadonlyArray<Rule> => [
  ...rulesOf(permissions),
  ...rules
]
