/** One of the benchmark's processes: runs the units that its parent sends, one after another, on one thread of its own. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { pocket } from "../../trainers/pocket/index.ts"
import { makeBaseAnswers } from "./Chain.ts"
import { runUnit } from "./RunUnit.ts"
import { Finished, Unit } from "./Unit.ts"

const [modelDirectory] = process.argv.slice(2)

/** The next unit; undefined when the parent is gone or has none left. */
const received = Effect.callback<Unit | undefined>((resume) => {
  const stop = () => resume(Effect.succeed(undefined))
  process.once("disconnect", stop)
  process.once("message", (message) => {
    process.off("disconnect", stop)
    resume(Schema.decodeUnknownEffect(Unit)(message).pipe(Effect.orDie))
  })
})

const send = (finished: Finished) =>
  Effect.callback<void>((resume) => {
    process.send?.(Schema.encodeSync(Finished)(finished), () => resume(Effect.void))
  })

const program = Effect.gen(function*() {
  const baseAnswers = makeBaseAnswers()
  while (true) {
    const unit = yield* received
    if (unit === undefined) return
    yield* send(yield* runUnit(unit, baseAnswers))
  }
}).pipe(Effect.provide(
  pocket({ threads: 1, ...(modelDirectory === undefined ? {} : { modelDirectory }) }).pipe(
    Layer.provide(NodeServices.layer)
  )
))

NodeRuntime.runMain(program)
