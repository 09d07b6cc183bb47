import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { homedir } from "node:os"
import type { ConfigError } from "../config/Decode.ts"
import type { Call } from "../domain/Call.ts"
import { componentsBelow } from "../workspace/ConfinedPath.ts"
import { Workspace } from "../Workspace.ts"
import { defaultRules } from "./Defaults.ts"
import { type Grant, grantOf } from "./Grant.ts"
import { type Need, type Needs, needsOfCommand, type ToolNeed } from "./Needs.ts"
import { merged } from "./Granted.ts"
import { literalPath, type PathGround, type PlacedPath } from "./Patterns.ts"
import type { Permission } from "./PermissionSet.ts"
import type { PlacedRule, Rule, RuleEffect, RuleScope } from "./Rule.ts"
import { decide, type Decision, type PlacedNeed, placeRules, ruleProblem, ruleText, stricter } from "./RuleSet.ts"

/** A grant that cannot be kept or taken back. */
export class PermissionsError extends Schema.TaggedError<PermissionsError>()("PermissionsError", {
  /** `NotKept`: the file of grants cannot be written. `Unknown`: no rule has that number. `Fixed`: it is not one to take back here. */
  reason: Schema.Literals(["NotKept", "Unknown", "Fixed"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/** What the rules say of a call. */
export interface Judgement {
  readonly effect: RuleEffect
  /** Why, in a few words for the human; empty when only the default asks. */
  readonly reasons: ReadonlyArray<string>
  /** The rules that decided, as `/permissions` shows them, each with its scope. */
  readonly rules: ReadonlyArray<string>
  /** What the human could allow from now on; absent where it could not be shown in full. */
  readonly grant?: Grant
}

/** Rules of one place: a file, agent.ts, the command line. */
export interface RuleSource {
  readonly scope: Exclude<RuleScope, "default" | "session">
  /** What the person calls the place. */
  readonly name: string
  readonly rules: ReadonlyArray<Rule>
  /** Variables that commands get, by name. */
  readonly env?: Permission
}

interface PermissionsOptions {
  readonly sources: ReadonlyArray<RuleSource>
  readonly home?: string
  /** Absolute paths of the folder for outputs that are too long to show, which may be read wherever it is. */
  readonly outputs?: ReadonlyArray<string>
  /** Keeps the saved grants of this project, all of them. */
  readonly save: (rules: ReadonlyArray<Rule>) => Effect.Effect<void, PermissionsError>
}

/** Which calls run, which are asked for and which do not run. */
export class Permissions extends Context.Service<Permissions, {
  /** What the rules say of a call. `needs` is what its tool says it needs; undefined when the tool does not say. */
  readonly judge: (call: Call, needs: ReadonlyArray<ToolNeed> | undefined) => Effect.Effect<Judgement>
  /** Variables that commands get beyond the harmless ones, by name. */
  readonly env: Permission | undefined
  /** What patterns of paths are relative to. */
  readonly ground: PathGround
  /** The rules in force, in order. */
  readonly rules: Effect.Effect<ReadonlyArray<PlacedRule>>
  /** Allows or denies from now on, until the session ends or, `saved`, in this project for good. */
  readonly add: (rules: ReadonlyArray<Rule>, scope: "session" | "saved") => Effect.Effect<void, PermissionsError>
  /** Takes back a rule that was made in a session, by its number. */
  readonly revoke: (number: number) => Effect.Effect<Rule, PermissionsError>
}>()("continualcode/Permissions") {
  /** Fails when an example of a rule is not met. */
  static readonly layer = (
    options: PermissionsOptions
  ): Layer.Layer<Permissions, ConfigError, Workspace | Path.Path> => Layer.effect(Permissions, makePermissions(options))

  /** The default rules alone, and nothing kept. */
  static readonly defaults = (): Layer.Layer<Permissions, ConfigError, Workspace | Path.Path> =>
    Permissions.layer({ sources: [], save: () => Effect.void })
}

const makePermissions = Effect.fnUntraced(
  function*({ home = homedir(), outputs = [], save, sources }: PermissionsOptions) {
    const workspace = yield* Workspace
    const path = yield* Path.Path
    const ground = { root: workspace.root.split(path.sep).join("/"), home: home.split(path.sep).join("/") }
    for (const { name, rules } of [{ name: "the defaults", rules: defaultRules }, ...sources]) {
      for (const rule of rules) {
        const problem = ruleProblem(rule, name, ground)
        if (problem !== undefined) return yield* problem
      }
    }
    const ownOutputs = outputs
      .filter((folder) => componentsBelow(path, workspace.root, folder) === undefined)
      .map((folder): Rule => ({
        tool: "*",
        kind: "read",
        pattern: literalPath(folder.split(path.sep).join("/")),
        effect: "allow",
        reason: "outputs of commands that were too long to show"
      }))
    const of = (scope: RuleScope) => sources.filter((source) => source.scope === scope).flatMap(({ rules }) => rules)
    const saved = yield* Ref.make<ReadonlyArray<Rule>>(of("saved"))
    const session = yield* Ref.make<ReadonlyArray<Rule>>([])
    const rules = Effect.gen(function*() {
      return placeRules([
        ["default", [...defaultRules, ...ownOutputs]],
        ["project", of("project")],
        ["user", of("user")],
        ["saved", yield* Ref.get(saved)],
        ["flag", of("flag")],
        ["session", yield* Ref.get(session)]
      ])
    })

    const place = (absolute: string): PlacedPath => ({
      absolute: absolute.split(path.sep).join("/"),
      inside: componentsBelow(path, workspace.root, absolute)?.join("/")
    })

    /** A file by the name it was given and by what that leads to. */
    const placed = Effect.fnUntraced(function*(need: Need) {
      if (!("path" in need)) return [need] satisfies ReadonlyArray<PlacedNeed>
      const spelled = need.path === "~" || need.path.startsWith("~/") ? home + need.path.slice(1) : need.path
      const written = path.resolve(workspace.root, spelled)
      const real = yield* workspace.resolve(need.path, "read").pipe(
        Effect.catch((error) => Effect.succeed(error.real ?? written))
      )
      return [...new Set([written, real])].map((one): PlacedNeed => ({ kind: need.kind, path: place(one) }))
    })

    const needsOf = (call: Call, needs: ReadonlyArray<ToolNeed> | undefined): Effect.Effect<Needs> => {
      if (needs === undefined) {
        return Effect.succeed({
          needs: [{ kind: "call", text: JSON.stringify(call.arguments) }],
          opaque: [],
          always: []
        })
      }
      return Effect.map(
        Effect.forEach(needs, (need): Effect.Effect<Needs> =>
          need.kind === "run"
            ? needsOfCommand(need.command, need.folder)
            : Effect.succeed({ needs: [need], opaque: [], always: [] })),
        (all) => ({
          needs: all.flatMap((one) => one.needs),
          opaque: all.flatMap((one) => one.opaque),
          always: all.flatMap((one) => one.always)
        })
      )
    }

    const judge = Effect.fn("Permissions.judge")(function*(call: Call, told: ReadonlyArray<ToolNeed> | undefined) {
      const { always, needs, opaque } = yield* needsOf(call, told)
      const inForce = yield* rules
      const hidden: ReadonlyArray<Need> = opaque.length === 0
        ? []
        : [{ kind: "run", words: [undefined], open: true, text: "" }]
      const all = (yield* Effect.forEach([...needs, ...hidden], placed)).flat()
      const decisions = all.map((need) => decide(inForce, call.tool, need, ground))
      const ruled = decisions.reduce<RuleEffect>((effect, decision) => stricter(effect, decision.effect), "allow")
      const effect = always.length === 0 ? ruled : stricter(ruled, "ask")
      const deciding = decisions.filter((decision) => decision.effect === effect)
      const reasons = new Set([
        ...(effect === "ask" ? always : []),
        ...(effect === "ask" && opaque.length > 0
          ? [`it has ${opaque.join(" and ")}, so what it does cannot be known`]
          : []),
        ...deciding.flatMap((decision) =>
          decision.reason === undefined || (effect === "ask" && isPlainAsk(decision)) ? [] : [reasonText(decision)]
        )
      ])
      const grant = effect === "ask" && opaque.length === 0 && always.length === 0
        ? grantOf(call.tool, deciding)
        : undefined
      const judgement: Judgement = {
        effect,
        reasons: [...reasons],
        rules: [
          ...new Set(deciding.flatMap(({ by }) => by === undefined ? [] : [`${ruleText(by.rule)} (${by.scope})`]))
        ],
        ...(grant === undefined ? {} : { grant })
      }
      return judgement
    })

    const add = Effect.fn("Permissions.add")(function*(more: ReadonlyArray<Rule>, scope: "session" | "saved") {
      if (scope === "session") return yield* Ref.update(session, (before) => [...before, ...more])
      const after = [...yield* Ref.get(saved), ...more]
      yield* save(after)
      yield* Ref.set(saved, after)
    })

    const revoke = Effect.fn("Permissions.revoke")(function*(number: number) {
      const found = (yield* rules).find((placed) => placed.number === number)
      if (found === undefined) {
        return yield* new PermissionsError({
          reason: "Unknown",
          message: `There is no rule ${number}. /permissions lists them.`
        })
      }
      const without = (list: ReadonlyArray<Rule>) => list.filter((rule) => rule !== found.rule)
      if (found.scope === "session") yield* Ref.update(session, without)
      else if (found.scope === "saved") {
        const after = without(yield* Ref.get(saved))
        yield* save(after)
        yield* Ref.set(saved, after)
      } else {
        return yield* new PermissionsError({ reason: "Fixed", message: notHere(number, found.scope) })
      }
      return found.rule
    })

    const env = sources.reduce<Permission | undefined>((before, source) => merged(before, source.env), undefined)
    return Permissions.of({ env, ground, judge, rules, add, revoke })
  }
)

/** Nobody said anything about it, and it is not protected: the default asks. */
const isPlainAsk = ({ by, reason }: Decision): boolean =>
  by === undefined || (by.scope === "default" && reason === by.rule.reason)

const reasonText = ({ need, reason = "" }: Decision): string =>
  need.kind === "read" || need.kind === "write" ? `${need.path.inside ?? need.path.absolute}: ${reason}` : reason

const notHere = (number: number, scope: RuleScope): string => {
  const where = {
    default: "is a default; a rule of your own after it wins",
    project: "is agent.ts's; change it there",
    user: "is in your own permissions.json; change it there",
    flag: "came with the command; start without it",
    saved: "",
    session: ""
  }
  return `Rule ${number} ${where[scope]}: /permissions allow or deny adds one.`
}
