import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { connect } from "../../trainers/gpu/process/Connection.ts"
import { workerCommand } from "../../trainers/gpu/index.ts"

/** Starts a worker on the Python in argv, prints its process id, and waits until it is killed. */
const program = Effect.gen(function*() {
  const { hello } = yield* connect(workerCommand(process.argv[2] ?? "python3"), Duration.seconds(60))
  process.stdout.write(`${hello.pid}\n`)
  return yield* Effect.never
})

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
