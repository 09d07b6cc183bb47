import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { defineAgent } from "../../core/defineAgent.ts"
import type { PermissionSet } from "../../core/permissions/PermissionSet.ts"
import { Permissions } from "../../core/permissions/Permissions.ts"
import { ruleText } from "../../core/permissions/RuleSet.ts"
import type { WrittenPermissions } from "../../core/permissions/Written.ts"
import { Workspace } from "../../core/Workspace.ts"
import { prepareLaunch } from "./Launch.ts"
import { launchPermissions } from "./PermissionSources.ts"

interface Given {
  readonly project?: WrittenPermissions
  readonly user?: string
  readonly flags?: PermissionSet
}

/** Two workspaces of one user, and the permissions of a start in one of them. */
const started = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const root = yield* Effect.flatMap(files.makeTempDirectoryScoped(), files.realPath)
  yield* files.makeDirectory(`${root}/user/continualcode`, { recursive: true })
  yield* files.makeDirectory(`${root}/one`)
  yield* files.makeDirectory(`${root}/two`)
  const start = Effect.fnUntraced(function*(workspace: string, { flags, project, user }: Given = {}) {
    if (user !== undefined) yield* files.writeFileString(`${root}/user/continualcode/permissions.json`, user)
    const agent = defineAgent(project === undefined ? {} : { permissions: project })
    const launch = yield* prepareLaunch(agent, {
      keys: [`workspace=${workspace}`],
      directory: root,
      output: "text",
      interactive: false,
      ...(flags === undefined ? {} : { permissions: flags })
    })
    return launchPermissions(agent, launch).pipe(
      Layer.provide(Workspace.layer(`${root}/${workspace}`)),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ XDG_CONFIG_HOME: `${root}/user` })))
    )
  })
  return { root, start }
})

const written = Permissions.use(({ rules }) =>
  Effect.map(
    rules,
    (all) => all.flatMap(({ rule, scope }) => scope === "default" ? [] : [`${scope}: ${ruleText(rule)}`])
  )
)

describe("the permissions of a start", () => {
  it.effect("come from agent.ts, the user's own file and the flags, in this order", () =>
    Effect.gen(function*() {
      const { start } = yield* started
      const permissions = yield* start("one", {
        project: { run: ["npm test"], net: false, rules: [{ tool: "weekday", effect: "allow" }] },
        user: "{ \"write\": { \"deny\": [\"dist\"] } }",
        flags: { read: { allow: ["/usr/include"] } }
      })
      assert.deepStrictEqual(yield* Effect.provide(written, permissions), [
        "project: allow run npm test *",
        "project: deny net",
        "project: allow weekday",
        "user: deny write dist",
        "flag: allow read /usr/include"
      ])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("keep saved grants for their workspace alone, with the user and not with the project", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const { root, start } = yield* started
      const add = Permissions.use(({ add }) =>
        add([{ tool: "*", kind: "run", pattern: "ls *", effect: "allow" }], "saved")
      )
      yield* Effect.provide(add, yield* start("one"))
      assert.deepStrictEqual(yield* Effect.provide(written, yield* start("one")), ["saved: allow run ls *"])
      assert.deepStrictEqual(yield* Effect.provide(written, yield* start("two")), [])
      assert.deepStrictEqual(yield* files.readDirectory(`${root}/one`), [])
      const { mode } = yield* files.stat(`${root}/user/continualcode/grants.json`)
      assert.strictEqual(mode & 0o777, 0o600)
      const last = Permissions.use(({ revoke, rules }) =>
        Effect.flatMap(rules, (all) => revoke(all.at(-1)?.number ?? 0))
      )
      yield* Effect.provide(last, yield* start("one"))
      assert.deepStrictEqual(yield* Effect.provide(written, yield* start("one")), [])
      assert.strictEqual(yield* files.readFileString(`${root}/user/continualcode/grants.json`), "{}\n")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("that cannot be used say where and what is allowed", () =>
    Effect.gen(function*() {
      const { start } = yield* started
      const failing = (given: Given) =>
        Effect.flatMap(start("one", given), (layer) => Effect.flip(Effect.provide(written, layer))).pipe(
          Effect.map((error) => error.message)
        )
      assert.match(
        yield* failing({ user: "{ \"raed\": true }" }),
        /permissions\.json: raed is not as permissions are written\. Permissions are read,/
      )
      assert.match(yield* failing({ user: "{ \"run\": 3 }" }), /permissions\.json: run is not/)
      assert.match(yield* failing({ user: "{" }), /permissions\.json does not hold what it should/)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
