import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { Buffer } from "node:buffer"
import { WRONG_INPUT } from "../../core/ExitCodes.ts"
import { didYouMean } from "../../core/config/DidYouMean.ts"
import { Checkpoints } from "../../core/Checkpoints.ts"
import type { Call } from "../../core/domain/Call.ts"
import type { Prospect } from "../../core/domain/Prospect.ts"
import type { ToolResult } from "../../core/domain/ToolResult.ts"
import { Runner } from "../../core/Runner.ts"
import type { MachineServices, Tool, ToolServices } from "../../core/Tool.ts"
import { Jobs } from "../../core/Jobs.ts"
import type { ToolNeed } from "../../core/permissions/Needs.ts"
import { ToolMemory } from "../../core/ToolMemory.ts"
import { ToolSandbox } from "../../core/ToolSandbox.ts"
import { chatTool, fullParameters } from "../../core/ToolSchema.ts"
import { messageOf } from "../../core/MessageOf.ts"
import { CappedOutput } from "../common/CappedOutput.ts"
import { MAX_LINES, MAX_OUTPUT_BYTES, MAX_RESULT_BYTES } from "../common/Limits.ts"
import { fileSearch } from "../search/index.ts"
import { undoChange } from "./UndoChange.ts"
import { decodeArguments } from "./ArgumentProblem.ts"
import { meantArguments } from "./Meant.ts"
import { nearestCall } from "./Nearest.ts"

/** A list of tools that no model could be given. */
export class ToolListError extends Schema.TaggedError<ToolListError>()("ToolListError", {
  /** `SameName`: two tools share one. `Parameters`: a tool's cannot be described to a model. */
  reason: Schema.Literals(["SameName", "Parameters"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get [Runtime.errorExitCode](): number {
    return WRONG_INPUT
  }
}

/** Whatever a tool does wrong becomes a value; an interruption stays one. */
const orElse = <A, R>(effect: Effect.Effect<A, never, R>, value: (reason: string) => A): Effect.Effect<A, never, R> =>
  Effect.catchCause(
    effect,
    (cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.succeed(value(messageOf(Cause.squash(cause))))
  )

/** Tools of others may not know the limits: what is too long for any tool loses its middle. */
const capped = (result: ToolResult): ToolResult => {
  const bytes = Buffer.from(result.output, "utf8")
  if (bytes.length <= MAX_RESULT_BYTES) return result
  const output = new CappedOutput(MAX_OUTPUT_BYTES, MAX_LINES)
  output.push(bytes)
  return { ...result, output: output.text() }
}

const failed = (reason: string): ToolResult => ({ output: reason, success: false, feedback: reason })

/** What a tool of others says wrong about its needs is as if it said nothing. */
const needsOf = (tool: Tool, parameters: unknown): ReadonlyArray<ToolNeed> | undefined =>
  Result.getOrUndefined(Result.try(() => tool.needs?.(parameters)))

const describeAll = (tools: ReadonlyArray<Tool>, form: "brief" | "full") =>
  Effect.forEach(tools, (tool) =>
    Effect.try({
      try: () => chatTool(tool, form),
      catch: (error) =>
        new ToolListError({
          reason: "Parameters",
          message: `The parameters of the tool ${tool.name} cannot be described to a model: ${
            messageOf(error)
          }. Use a plain Schema.Struct of JSON values.`,
          cause: error
        })
    }))

/** Absolute paths of folders; what has none is not kept. */
export interface ToolFolders {
  /** For outputs that are too long to show. */
  readonly outputs?: string
  /** For files as they were before calls changed them. */
  readonly checkpoints?: string
}

/**
 * Runs tools in this process, where the workspace's path rules confine them, and the commands they start in the runner. Fails
 * when two tools share a name or one has parameters that cannot be described to a model. `search` is what glob and grep search
 * with.
 */
export const toolSandbox = (
  tools: ReadonlyArray<Tool>,
  { search = fileSearch, ...folders }: ToolFolders & { readonly search?: typeof fileSearch } = {}
): Layer.Layer<ToolSandbox, ToolListError, MachineServices> =>
  Layer.effect(ToolSandbox, makeSandbox(tools)).pipe(
    Layer.provide(Layer.mergeAll(ToolMemory.layer(folders), Checkpoints.layer(folders.checkpoints), Jobs.layer, search))
  )

const makeSandbox = Effect.fnUntraced(function*(tools: ReadonlyArray<Tool>) {
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const twice = tools.find((tool) => byName.get(tool.name) !== tool)
  if (twice !== undefined) {
    return yield* new ToolListError({
      reason: "SameName",
      message: `Two tools are called ${twice.name}; leave one out or rename it.`
    })
  }
  const brief = yield* describeAll(tools.filter((tool) => tool.fullOnly !== true), "brief")
  const full = yield* describeAll(tools, "full")
  const services = yield* Effect.context<ToolServices>()
  const runner = yield* Runner

  const decode = (call: Call): Result.Result<{ readonly tool: Tool; readonly parameters: unknown }, string> => {
    const tool = byName.get(call.tool)
    if (tool === undefined) {
      const names = tools.flatMap((each) => each.fullOnly === true ? [] : [each.name])
      return Result.fail(
        `There is no tool ${call.tool}.${didYouMean(call.tool, names)} ${
          names.length === 0 ? "No tools can be called." : `The tools are ${names.join(", ")}.`
        }`
      )
    }
    return Result.map(decodeArguments(tool, call.arguments), (parameters) => ({ tool, parameters }))
  }

  return ToolSandbox.of({
    name: runner.name,
    ...(runner.note === undefined ? {} : { note: runner.note }),
    describe: (form) => form === "brief" ? brief : full,
    problem: (call) => {
      const decoded = decode(call)
      return Result.isFailure(decoded) ? decoded.failure : undefined
    },
    repairs: (call) => {
      const tool = byName.get(call.tool)
      return tool === undefined ? [] : meantArguments(fullParameters(tool.parameters), call.arguments).repairs
    },
    nearest: (call) => nearestCall(tools, call, (asked) => Result.isSuccess(decode({ id: call.id, ...asked }))),
    needs: (call) => {
      const decoded = decode(call)
      return Result.isFailure(decoded) ? undefined : needsOf(decoded.success.tool, decoded.success.parameters)
    },
    preview: (call) =>
      Effect.suspend((): Effect.Effect<Prospect, never, ToolServices> => {
        const decoded = decode(call)
        if (Result.isFailure(decoded)) return Effect.succeed({ _tag: "WouldFail", result: failed(decoded.failure) })
        const { tool, parameters } = decoded.success
        return tool.preview?.(parameters) ?? Effect.succeed({ _tag: "WouldRun" })
      }).pipe(
        (preview) =>
          orElse(preview, (reason): Prospect => ({
            _tag: "WouldRun",
            preview: { _tag: "Text", text: `no preview: ${reason}` }
          })),
        Effect.provide(services),
        Effect.withSpan("ToolSandbox.preview", { attributes: { tool: call.tool } })
      ),
    run: (call, basis) =>
      Effect.suspend(() => {
        const decoded = decode(call)
        if (Result.isFailure(decoded)) return Effect.succeed(failed(decoded.failure))
        const { tool, parameters } = decoded.success
        return Effect.map(tool.run(parameters, basis), capped)
      }).pipe(
        (run) => orElse(run, (reason) => failed(`${call.tool} crashed: ${reason}`)),
        Effect.provide(services),
        Effect.withSpan("ToolSandbox.run", { attributes: { tool: call.tool } })
      ),
    undo: Effect.provide(undoChange, services),
    end: Effect.gen(function*() {
      const jobs = yield* Jobs
      const ended = yield* jobs.end
      return ended.map(({ command, id }) => `${id} was still running and was ended: ${command}`)
    }).pipe(Effect.provide(services), Effect.withSpan("ToolSandbox.end"))
  })
})
