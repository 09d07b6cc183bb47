import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type { Prospect } from "./domain/Prospect.ts"
import type { Preview, ToolResult } from "./domain/ToolResult.ts"
import type { ToolNeed } from "./permissions/Needs.ts"
import type { Tool, ToolServices } from "./Tool.ts"

/** A bare string is the output of a call that worked. */
type ToolOutcome = ToolResult | string

/** What a tool's `run` may return: the outcome, a Promise of it, or an Effect of it that may fail and may use `ToolServices`. */
type ToolReturn<A> = A | PromiseLike<A> | Effect.Effect<A, unknown, ToolServices>

/** Handed to `run`. `signal` is aborted when the call is stopped by the user, for code that is not an Effect. */
interface ToolCallContext {
  readonly signal: AbortSignal
  /** What the approved preview stood on, when the preview said so. If it no longer holds, do nothing and return a result with `outdated: true`. */
  readonly basis?: string
}

export interface ToolDefinition<Parameters extends Schema.ConstraintDecoder<unknown>> {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string
  /** One short sentence. */
  readonly summary: string
  /** For models with room; default: the summary. */
  readonly description?: string
  /** A plain `Schema.Struct` of JSON-encodable fields. Annotate fields with `description` for the model. */
  readonly parameters: Parameters
  /** True when the call changes nothing; default false. */
  readonly readOnly?: boolean
  /** What models with a small context are not told of: these optional parameters, or the whole tool. */
  readonly fullOnly?: ReadonlyArray<string> | true
  /**
   * What a call reads, writes, runs or connects to, so that permissions can judge it: `({ path }) => [{ kind: "read", path }]`.
   * A tool that does not say is asked for at every call, unless a rule names it.
   */
  readonly needs?: (parameters: Parameters["Type"]) => ReadonlyArray<ToolNeed>
  readonly run: (parameters: Parameters["Type"], context: ToolCallContext) => ToolReturn<ToolOutcome>
  /**
   * What the call would do, shown before the verdict; a bare string is plain text. It must change nothing. A `WouldFail` sends
   * the call back to the model instead of showing it.
   */
  readonly preview?: (
    parameters: Parameters["Type"],
    context: ToolCallContext
  ) => ToolReturn<Preview | Prospect | string>
}

const toolName = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

const message = (error: unknown): string =>
  Predicate.isObject(error) && "message" in error && Predicate.isString(error.message) && error.message !== ""
    ? error.message
    : String(error)

/** Runs user code of any of the three shapes. Whatever it throws, rejects with or fails with is the error. */
const normalise = <A>(
  call: (context: ToolCallContext) => ToolReturn<A>,
  basis?: string
): Effect.Effect<A, unknown, ToolServices> =>
  Effect.suspend(() => {
    const controller = new AbortController()
    const context: ToolCallContext = {
      signal: controller.signal,
      ...(basis === undefined ? {} : { basis })
    }
    return Effect.try({ try: () => call(context), catch: (error) => error }).pipe(
      Effect.flatMap((returned): Effect.Effect<A, unknown, ToolServices> => {
        if (Effect.isEffect(returned)) return returned
        if (Predicate.isPromiseLike(returned)) {
          return Effect.tryPromise({ try: () => Promise.resolve(returned), catch: (error) => error })
        }
        return Effect.succeed(returned)
      }),
      Effect.onInterrupt(() => Effect.sync(() => controller.abort()))
    )
  })

const prospectOf = (shown: Preview | Prospect | string): Prospect => {
  if (Predicate.isString(shown)) return { _tag: "WouldRun", preview: { _tag: "Text", text: shown } }
  return shown._tag === "WouldRun" || shown._tag === "WouldFail" ? shown : { _tag: "WouldRun", preview: shown }
}

/** Failures and defects become a value; an interruption stays one. */
const recover = <A>(effect: Effect.Effect<A, unknown, ToolServices>, orElse: (reason: string) => A) =>
  Effect.catchCause(
    effect,
    (cause): Effect.Effect<A> =>
      Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.succeed(orElse(message(Cause.squash(cause))))
  )

/**
 * Makes a tool of your own. `run` may return a string, a `{ output, success, feedback }`, a Promise or an Effect of either;
 * anything it throws or fails with is handed to the model as a failed call, so that it can do better.
 *
 * @example
 * ```ts
 * import { defineTool } from "continualcode"
 * import * as Schema from "effect/Schema"
 *
 * export const weekday = defineTool({
 *   name: "weekday",
 *   summary: "Name the weekday of a date.",
 *   parameters: Schema.Struct({ date: Schema.String.annotate({ description: "A date as YYYY-MM-DD" }) }),
 *   readOnly: true,
 *   run: ({ date }) => new Date(date).toLocaleDateString("en", { weekday: "long" })
 * })
 * ```
 *
 * @throws TypeError when the name is not one that model providers accept.
 */
export const defineTool = <const Parameters extends Schema.ConstraintDecoder<unknown>>(
  definition: ToolDefinition<Parameters>
): Tool<Parameters> => {
  const { name, run, preview } = definition
  if (!toolName.test(name)) {
    throw new TypeError(
      `"${name}" cannot be a tool's name; use up to 64 letters, digits, _ and -, starting with a letter or _`
    )
  }
  return {
    name,
    summary: definition.summary,
    description: definition.description ?? definition.summary,
    parameters: definition.parameters,
    readOnly: definition.readOnly ?? false,
    ...(definition.needs === undefined ? {} : { needs: definition.needs }),
    ...(definition.fullOnly === undefined ? {} : { fullOnly: definition.fullOnly }),
    run: (parameters, basis) =>
      recover(
        normalise((context) => run(parameters, context), basis).pipe(
          Effect.map((outcome): ToolResult =>
            Predicate.isString(outcome) ? { output: outcome, success: true } : outcome
          )
        ),
        (reason) => ({ output: `${name} failed: ${reason}`, success: false, feedback: `${name} failed: ${reason}` })
      ),
    ...(preview === undefined ? {} : {
      preview: (parameters: Parameters["Type"]) =>
        recover(
          normalise((context) => preview(parameters, context)).pipe(Effect.map(prospectOf)),
          (reason) => prospectOf(`no preview: ${reason}`)
        )
    })
  }
}
