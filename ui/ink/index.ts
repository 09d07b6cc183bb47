import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { messageOf } from "../../core/MessageOf.ts"
import { Ui, UiError } from "../../core/Ui.ts"
import { Workspace } from "../../core/Workspace.ts"
import { editText, INSTEAD } from "./Editor.ts"
import { ScreenStore } from "./Store.ts"

export interface InkOptions {
  /** Editor for arguments; default: VISUAL, else EDITOR of the environment. An empty text turns it off. */
  readonly editor?: string
  /** Default: on unless NO_COLOR is set. */
  readonly color?: boolean
  /** How long the keyboard must rest before a call that appeared while typing takes keys. Default 400. */
  readonly settleMillis?: number
  readonly stdin?: NodeJS.ReadStream
  readonly stdout?: NodeJS.WriteStream
  readonly stderr?: NodeJS.WriteStream
}

const notATerminal = new UiError({
  reason: "Unusable",
  message:
    "the terminal interface needs a terminal on both input and output: use ui=headless when one of them is a pipe or a file"
})

/** Files that are offered for completion at most. */
const MOST_FILES = 20_000

const environment = (name: string): Effect.Effect<string> =>
  Config.String(name).pipe(Config.option, Effect.map(Option.getOrElse(() => "")), Effect.orElseSucceed(() => ""))

const gone = (message: string, cause?: unknown) =>
  new UiError({
    reason: "Stopped",
    message: `the terminal interface stopped: ${message}. Start again; adapter and ledger are sound`,
    ...(cause === undefined ? {} : { cause })
  })

const ended = (stdin: NodeJS.ReadStream): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const end = () => resume(Effect.void)
    stdin.once("end", end)
    return Effect.sync(() => stdin.off("end", end))
  })

/**
 * The terminal interface. Loads React only when the layer is built; restores the terminal when the scope closes. Fails
 * without a terminal.
 */
export const ink = (
  options: InkOptions = {}
): Layer.Layer<Ui, UiError, FileSystem.FileSystem | Path.Path | ChildProcessSpawner> =>
  Layer.effect(
    Ui,
    Effect.gen(function*() {
      const { stderr = process.stderr, stdin = process.stdin, stdout = process.stdout } = options
      if (!stdin.isTTY || !stdout.isTTY) return yield* notATerminal
      const { mount } = yield* Effect.tryPromise({
        try: () => import("./Mount.ts"),
        catch: (cause) => gone(`it could not be loaded (${String(cause)})`, cause)
      })
      const editor = options.editor ?? ((yield* environment("VISUAL")) || (yield* environment("EDITOR")))
      const color = options.color ?? (yield* environment("NO_COLOR")) === ""
      const clock = yield* Clock.Clock
      const services = yield* Effect.context<FileSystem.FileSystem | Path.Path | ChildProcessSpawner>()
      const runFork = Effect.runForkWith(services)

      const workspace = yield* Effect.serviceOption(Workspace)
      const listed: Effect.Effect<void> = Option.match(workspace, {
        onNone: () => Effect.void,
        onSome: ({ listing }) => Effect.map(listing(MOST_FILES), ({ files }) => store.files(files))
      })

      const store: ScreenStore = new ScreenStore({
        now: () => clock.currentTimeMillisUnsafe(),
        size: () => ({ rows: stdout.rows ?? 24, columns: stdout.columns ?? 80 }),
        settleMillis: options.settleMillis ?? 400,
        listFiles: () => runFork(listed),
        canOpenEditor: () => editor.trim() !== "",
        openEditor: (text) => runFork(editInTerminal(text))
      })
      const mounted = yield* Effect.acquireRelease(
        Effect.sync(() => mount({ store, color, stdin, stdout, stderr })),
        (app) => Effect.promise(app.unmount).pipe(Effect.andThen(Effect.sync(store.close)))
      )
      const editInTerminal = (text: string): Effect.Effect<void> =>
        Effect.promise(() =>
          mounted.suspend(() =>
            Effect.runPromiseWith(services)(
              editText(editor, text, "arguments.json").pipe(Effect.match({
                onSuccess: store.editorClosed,
                onFailure: (error) => store.editorFailed(error.message)
              }))
            )
          )
        ).pipe(Effect.catchCause((cause) =>
          Effect.sync(() => store.editorFailed(`${messageOf(Cause.squash(cause))}. ${INSTEAD}`))
        ))

      const broken = yield* Deferred.make<never, UiError>()
      yield* Effect.tryPromise({
        try: () =>
          mounted.gone,
        catch: (cause) => gone(String(cause), cause)
      }).pipe(
        Effect.andThen(Effect.fail(gone("it was closed"))),
        // In raw mode only a terminal that hangs up ends its input.
        Effect.raceFirst(Effect.andThen(ended(stdin), Effect.fail(gone("the terminal went away")))),
        Effect.catch((error) => Deferred.fail(broken, error)),
        Effect.forkScoped({ startImmediately: true })
      )
      const ask = <A>(question: (resolve: (answer: A) => void) => () => void): Effect.Effect<A, UiError> =>
        Effect.callback<A>((resume) => {
          const withdraw = question((answer) => resume(Effect.succeed(answer)))
          return Effect.sync(withdraw)
        }).pipe(Effect.raceFirst(Deferred.await(broken)))

      return Ui.of({
        name: "ink",
        show: (event) =>
          Effect.suspend(() => {
            store.show(event)
            return Deferred.isDoneUnsafe(broken) ? Deferred.await(broken) : Effect.void
          }),
        approve: (request) => ask((resolve) => store.approve(request, resolve)),
        next: ask((resolve) => store.next(resolve)),
        interrupted: Effect.callback((resume) => {
          const stop = store.onInterrupt(() => resume(Effect.void))
          return Effect.sync(stop)
        })
      })
    })
  )
