import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as ChildProcess from "effect/process/ChildProcess"
import type { ChildProcessHandle, ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { encodeFrame, makeFrameDecoder, PROTOCOL_VERSION } from "../protocol/Frames.ts"
import {
  type Failed,
  FromWorker,
  type Hello,
  type Input,
  type Operation,
  type PayloadLayout,
  type Progress,
  RefusalReason,
  type ToWorker,
  type Value,
  values,
  type WorkerToken
} from "../protocol/Messages.ts"
import { makeLastWords } from "./LastWords.ts"

/** How to start a worker. */
export interface WorkerCommand {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Added to the environment this process has. */
  readonly env?: Readonly<Record<string, string>>
}

/** The process is of no more use: it ended, hung, or broke the protocol. `cause` fits after "the worker". */
export class WorkerGone extends Schema.TaggedError<WorkerGone>()("WorkerGone", { cause: Schema.String }) {}

/** The worker said no; it is as it was before and goes on. */
export class WorkerRefused extends Schema.TaggedError<WorkerRefused>()("WorkerRefused", {
  reason: RefusalReason,
  message: Schema.String
}) {}

/** A successful answer. */
export interface Answer<Name extends Operation> {
  readonly value: Value<Name>
  readonly revision: number
  readonly layout: PayloadLayout | undefined
  readonly payload: Uint8Array
}

export interface Ask<Name extends Operation> {
  readonly operation: Name
  readonly input: Input<Name>
  readonly payload?: Uint8Array
  /** Longest silence of the worker while it works on this. */
  readonly silence: Duration.Duration
  readonly onToken?: (token: WorkerToken) => void
  readonly onProgress?: (progress: Progress) => Effect.Effect<void>
  /** Called with a function that ends a `sample` before its next token. */
  readonly onSent?: (cancel: Effect.Effect<void>) => void
}

/** One worker process, from its start to its end. Ask one thing at a time. */
export interface Connection {
  readonly hello: Hello
  readonly ask: <Name extends Operation>(
    ask: Ask<Name>
  ) => Effect.Effect<Answer<Name>, WorkerGone | WorkerRefused>
  /** Completes when the process is of no more use. */
  readonly gone: Effect.Effect<WorkerGone>
}

interface Event {
  readonly message: FromWorker
  readonly payload: Uint8Array
}

const decodeMessage = Schema.decodeUnknownResult(FromWorker)
const EXIT_WAIT = Duration.seconds(5)

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 200)

const endOf = (handle: ChildProcessHandle): Effect.Effect<string> =>
  handle.exitCode.pipe(
    Effect.map((code) => `ended with exit code ${code}`),
    Effect.catch((error) => {
      const signal = /signal: '(\w+)'/.exec(`${error.message} ${String(error.cause)}`)?.[1]
      return Effect.succeed(
        signal === "SIGKILL"
          ? "was killed (SIGKILL; often the system's answer to too little memory)"
          : `was ended by ${signal ?? "a signal"}`
      )
    }),
    Effect.timeoutOption(EXIT_WAIT),
    Effect.map(Option.getOrElse(() => "closed its output"))
  )

/**
 * Starts a worker process and waits for its greeting. Closing the scope ends it: first its input ends, which it obeys at
 * once, then its process group is stopped. Nothing here survives the process; that is the supervisor's work.
 */
export const connect = Effect.fnUntraced(function*(
  worker: WorkerCommand,
  greeting: Duration.Duration
): Effect.fn.Return<Connection, WorkerGone, Scope.Scope | ChildProcessSpawner> {
  const outgoing = yield* Queue.unbounded<Uint8Array, Cause.Done>()
  const words = makeLastWords()
  const lost = yield* Deferred.make<WorkerGone>()
  const greeted = yield* Deferred.make<Hello>()
  let current: { readonly id: number; readonly events: Queue.Queue<Event, WorkerGone> } | undefined

  const handle = yield* ChildProcess.make(worker.command, [...worker.args], {
    env: { PYTHONUNBUFFERED: "1", ...worker.env },
    extendEnv: true,
    stdin: { stream: Stream.fromQueue(outgoing), endOnDone: true },
    forceKillAfter: Duration.seconds(2)
  }).pipe(
    Effect.mapError((error) =>
      new WorkerGone({ cause: `could not be started (${worker.command}: ${error.reason._tag})` })
    )
  )
  yield* Effect.addFinalizer(() =>
    Queue.end(outgoing).pipe(Effect.andThen(handle.exitCode), Effect.ignore, Effect.timeoutOption(Duration.seconds(2)))
  )

  const lose = Effect.fnUntraced(function*(cause: string) {
    const said = words.text()
    const gone = new WorkerGone({ cause: said === "" ? cause : `${cause}. Its last words:\n${said}\n` })
    if (!(yield* Deferred.succeed(lost, gone))) return
    if (current !== undefined) yield* Queue.fail(current.events, gone)
  })

  const receive = (header: unknown, payload: Uint8Array): Effect.Effect<void> => {
    const decoded = decodeMessage(header)
    if (Result.isFailure(decoded)) {
      return lose(`wrote a message of no known form (${oneLine(decoded.failure.message)})`)
    }
    const message = decoded.success
    if (message.type === "hello") return Effect.asVoid(Deferred.succeed(greeted, message))
    if (message.type === "error" && message.id === null) return lose(`could not read a request (${message.message})`)
    if (message.id !== current?.id) return lose(`answered request ${message.id}, which is not the one asked`)
    return Effect.asVoid(Queue.offer(current.events, { message, payload }))
  }

  const decoder = makeFrameDecoder()
  yield* handle.stderr.pipe(
    Stream.runForEach((chunk) => Effect.sync(() => words.push(chunk))),
    Effect.ignore,
    Effect.forkScoped({ startImmediately: true })
  )
  yield* handle.stdout.pipe(
    Stream.runForEachWhile(Effect.fnUntraced(function*(chunk) {
      const { frames, problem } = decoder.push(chunk)
      for (const { header, payload } of frames) yield* receive(header, payload)
      if (problem !== undefined) yield* lose(`wrote something that is no message: ${problem}`)
      return !Deferred.isDoneUnsafe(lost)
    })),
    Effect.ignore,
    Effect.andThen(endOf(handle)),
    Effect.flatMap((end) => lose(decoder.pending() === 0 ? end : `${end} in the middle of a message`)),
    Effect.forkScoped({ startImmediately: true })
  )
  const gone = Deferred.await(lost)

  const hello = yield* Effect.raceFirst(
    Deferred.await(greeted).pipe(
      Effect.timeoutOrElse({
        duration: greeting,
        orElse: () => Effect.fail(new WorkerGone({ cause: `said nothing for ${Duration.format(greeting)}` }))
      })
    ),
    Effect.flatMap(gone, (error) => Effect.fail(error))
  )
  if (hello.protocol !== PROTOCOL_VERSION) {
    return yield* new WorkerGone({
      cause: `speaks version ${hello.protocol} of the protocol, not ${PROTOCOL_VERSION}; set it up again`
    })
  }

  const send = (message: ToWorker, payload?: Uint8Array): void => {
    for (const piece of encodeFrame(message, payload)) Queue.offerUnsafe(outgoing, piece)
  }
  let count = 0

  const ask = <Name extends Operation>(
    { input, onProgress, onSent, onToken, operation, payload, silence }: Ask<Name>
  ): Effect.Effect<Answer<Name>, WorkerGone | WorkerRefused> =>
    Effect.gen(function*() {
      if (Deferred.isDoneUnsafe(lost)) return yield* Effect.flatMap(gone, (error) => Effect.fail(error))
      const events = yield* Queue.unbounded<Event, WorkerGone>()
      const id = count++
      current = { id, events }
      const request = { type: "request", id, operation, input } as const
      send(payload === undefined ? request : { ...request, payload: { kind: "bytes" } }, payload)
      onSent?.(Effect.sync(() => send({ type: "cancel", id })))
      while (true) {
        const next = yield* Queue.take(events).pipe(Effect.timeoutOption(silence))
        if (Option.isNone(next)) {
          yield* lose(`did not answer "${operation}" for ${Duration.format(silence)} and was stopped`)
          return yield* Effect.flatMap(gone, (error) => Effect.fail(error))
        }
        const { message, payload: bytes } = next.value
        switch (message.type) {
          case "token":
            onToken?.(message.token)
            break
          case "progress":
            if (onProgress !== undefined) yield* onProgress(message)
            break
          case "error":
            return yield* refused(operation, message)
          case "result": {
            // The schema belongs to the operation, which the type system cannot follow through the table.
            const decoded = Schema.decodeUnknownResult(values[operation] as Schema.Decoder<Value<Name>>)(message.value)
            if (Result.isSuccess(decoded)) {
              return { value: decoded.success, revision: message.revision, layout: message.payload, payload: bytes }
            }
            yield* lose(`answered "${operation}" in no known form (${oneLine(decoded.failure.message)})`)
            return yield* Effect.flatMap(gone, (error) => Effect.fail(error))
          }
          case "hello":
            break
        }
      }
    }).pipe(Effect.ensuring(Effect.sync(() => {
      current = undefined
    })))

  return { hello, ask, gone }
})

/** A malformed request is a fault of this program; the worker is sound. */
const refused = (operation: Operation, { message, reason }: Failed): WorkerRefused =>
  reason === "Protocol"
    ? new WorkerRefused({
      reason: "Internal",
      message: `The worker did not understand "${operation}" (${message}). Set it up again, or report this.`
    })
    : new WorkerRefused({ reason, message })
