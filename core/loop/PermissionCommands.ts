import * as Effect from "effect/Effect"
import type { UserInput } from "../domain/UserInput.ts"
import type { ToolNeed } from "../permissions/Needs.ts"
import { Permissions } from "../permissions/Permissions.ts"
import type { Rule } from "../permissions/Rule.ts"
import { ruleText } from "../permissions/RuleSet.ts"
import { ToolSandbox } from "../ToolSandbox.ts"
import type { Session } from "./Session.ts"

type PermissionsInput = Extract<
  UserInput,
  { readonly _tag: "ShowPermissions" | "TestPermission" | "AddPermission" | "RevokePermission" }
>

const needOf = ({ kind, what }: Extract<PermissionsInput, { readonly _tag: "TestPermission" }>): ToolNeed => {
  switch (kind) {
    case "run":
      return { kind, command: what }
    case "net":
      return { kind, host: what }
    default:
      return { kind, path: what }
  }
}

/** What `/permissions` asks for: the rules, what they would say, a new one, or one taken back. */
export const permissionsCommand = Effect.fnUntraced(
  function*(session: Session, input: PermissionsInput) {
    const permissions = yield* Permissions
    switch (input._tag) {
      case "ShowPermissions": {
        const { name, note } = yield* ToolSandbox
        const rules = yield* permissions.rules
        return yield* session.announce({
          _tag: "PermissionsShown",
          sandbox: name,
          ...(note === undefined ? {} : { note }),
          rules: rules.map(({ number, rule, scope }) => ({
            number,
            scope,
            text: ruleText(rule),
            revocable: scope === "session" || scope === "saved",
            ...(rule.reason === undefined ? {} : { reason: rule.reason })
          }))
        })
      }
      case "TestPermission": {
        const asked = { id: "test", tool: "*", arguments: {} }
        const { effect, reasons, rules } = yield* permissions.judge(asked, [needOf(input)])
        return yield* session.announce({
          _tag: "PermissionTested",
          asked: `${input.kind} ${input.what}`,
          effect,
          reasons,
          rules
        })
      }
      case "AddPermission": {
        const { effect, kind, pattern, saved } = input
        const rule: Rule = { tool: "*", kind, effect, ...(pattern === undefined ? {} : { pattern }) }
        yield* permissions.add([rule], saved ? "saved" : "session")
        return yield* session.announce({
          _tag: "Notice",
          message: `From now on ${saved ? "in this project" : "in this session"}: ${ruleText(rule)}.`
        })
      }
      case "RevokePermission": {
        const rule = yield* permissions.revoke(input.number)
        return yield* session.announce({ _tag: "Notice", message: `No longer in force: ${ruleText(rule)}.` })
      }
    }
  },
  (command, session) =>
    Effect.catchTag(
      command,
      "PermissionsError",
      (error) => session.announce({ _tag: "Failure", message: error.message })
    )
)
