import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ChildProcess from "effect/process/ChildProcess"
import { Runner } from "../../core/Runner.ts"
import { bubblewrap } from "../runner/index.ts"

// A stand-in for the agent: starts a contained command that leaves its session and its group, and waits.

const mark = `mark-${process.pid}`
const script =
  `setsid sh -c ': ${mark}; sleep 1000' & nohup sh -c ': ${mark}; sleep 1000' & trap '' TERM HUP; echo ${mark}; wait`

Effect.gen(function*() {
  const { contain } = yield* Runner
  const { argv: [program, ...args], cwd, env } = yield* contain({
    argv: ["sh", "-c", script],
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "" },
    permissions: {}
  })
  const handle = yield* ChildProcess.make(program, args, { cwd, env, stdout: "inherit", stderr: "inherit" })
  yield* handle.exitCode
}).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(bubblewrap, NodeServices.layer)), Effect.runPromise)
