import type { AgentEvent } from "../../core/domain/Event.ts"
import { type Line, line, span } from "./Line.ts"
import { visible } from "./Visible.ts"

type Shown = Extract<AgentEvent, { readonly _tag: "PermissionsShown" }>
type Tested = Extract<AgentEvent, { readonly _tag: "PermissionTested" }>

const colors = { allow: "green", ask: "yellow", deny: "red" } as const

/** The rules in force, oldest first, and how to change them. */
export const permissionLines = ({ note, rules, sandbox }: Shown): ReadonlyArray<Line> => [
  line(`Rules, the last one that matches counts. Sandbox of commands: ${visible(sandbox)}.`),
  ...(note === undefined ? [] : [line(visible(note), { color: "yellow" })]),
  ...rules.map(({ number, reason, revocable, scope, text }) => [
    span(`${String(number).padStart(4)}  ${scope.padEnd(8)}`, { dim: true }),
    span(visible(text)),
    span(reason === undefined ? "" : `  ${visible(reason)}`, { dim: true }),
    span(revocable ? `  (/permissions revoke ${number})` : "", { dim: true })
  ]),
  line("Keys, .env files, hooks, agent.ts and the like are asked for unless a rule names them.", { dim: true })
]

/** What the rules say of one call. */
export const testedLines = ({ asked, effect, reasons, rules }: Tested): ReadonlyArray<Line> => [
  [span(effect, { bold: true, color: colors[effect] }), span(`  ${visible(asked)}`)],
  ...[...reasons, ...rules].map((text) => line(`  ${visible(text)}`, { dim: true }))
]
