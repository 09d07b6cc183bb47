import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import { createHash } from "node:crypto"
import { BackendError } from "../../../core/LoraBackend.ts"
import type { HubFile } from "./HubModel.ts"

/** The network or the hub failed in a way that another try may mend. */
class Interrupted extends Schema.TaggedError<Interrupted>()("Interrupted", {
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

interface BlobRequest {
  readonly file: HubFile
  readonly url: string
  /** Where the whole, checked file goes. */
  readonly blob: string
  /** Bytes of this file so far. */
  readonly progress: (done: number) => Effect.Effect<void>
}

/** Tries in a row that may bring nothing; each goes on where the last one stopped. */
const TRIES = 5

/** What keeps a model of the hub from being used. */
export const problem = (message: string, from?: { readonly cause: unknown }): BackendError =>
  new BackendError({ reason: "ModelFiles", message, ...from })

/** A disk that is full is the likeliest reason, and only said by the code below. */
export const writeProblem = (path: string) => (error: PlatformError.PlatformError): BackendError => {
  const cause: unknown = "cause" in error.reason ? error.reason.cause : undefined
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : error.reason._tag
  return problem(
    code === "ENOSPC" || code === "EDQUOT"
      ? `${path}: the disk is full. Make room, or set HF_HOME to a folder on another disk, and start again; what was `
        + "downloaded is kept."
      : `${path}: cannot be written (${code}). Check the folder and its permissions.`,
    { cause: error }
  )
}

const hasherOf = (file: HubFile) =>
  file.hash.kind === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${file.size}\0`)

const statusProblem = (url: string, status: number): BackendError | Interrupted => {
  if (status === 401 || status === 403) {
    return problem(
      `${url}: access is denied (${status}). Accept the model's terms on its page, and set HF_TOKEN to a token of yours.`
    )
  }
  if (status === 404) return problem(`${url}: there is no such file (404). Check model_name.`)
  return new Interrupted({ message: `the hub answered ${status}` })
}

const transport = (cause: HttpClientError): Interrupted => new Interrupted({ message: cause.reason._tag, cause })

/** One try. Goes on from the bytes that are there. */
const attempt = Effect.fnUntraced(function*({ blob, file, progress, url }: BlobRequest) {
  const files = yield* FileSystem.FileSystem
  const client = yield* HttpClient.HttpClient
  const partial = `${blob}.incomplete`
  const size = (path: string) =>
    files.stat(path).pipe(Effect.map((info) => Number(info.size)), Effect.orElseSucceed(() => 0))
  let done = yield* size(partial)
  if (done > file.size) {
    yield* files.remove(partial, { force: true }).pipe(Effect.mapError(writeProblem(partial)))
    done = 0
  }
  let hasher = hasherOf(file)
  const digest = files.stream(partial).pipe(
    Stream.runForEach((chunk) => Effect.sync(() => void hasher.update(chunk))),
    Effect.mapError(writeProblem(partial))
  )
  if (done > 0) yield* digest
  if (done < file.size || file.size === 0) {
    const request = HttpClientRequest.get(url)
    const response = yield* client.execute(
      done === 0 ? request : HttpClientRequest.setHeader(request, "range", `bytes=${done}-`)
    ).pipe(
      Effect.mapError(transport),
      Effect.timeoutOrElse({
        duration: Duration.seconds(60),
        orElse: () => Effect.fail(new Interrupted({ message: "the hub did not answer for a minute" }))
      })
    )
    if (response.status !== 200 && response.status !== 206)
      return yield* Effect.fail(statusProblem(url, response.status))
    if (response.status === 200 && done > 0) {
      // The server sends the file from its start whatever was asked.
      done = 0
      hasher = hasherOf(file)
    }
    const out = yield* files.open(partial, { flag: done === 0 ? "w" : "a" }).pipe(
      Effect.mapError(writeProblem(partial))
    )
    yield* response.stream.pipe(
      Stream.mapError(transport),
      Stream.timeoutOrElse({
        duration: Duration.seconds(60),
        orElse: () => Stream.fail(new Interrupted({ message: "nothing came for a minute" }))
      }),
      Stream.runForEach(Effect.fnUntraced(function*(chunk) {
        if (done + chunk.length > file.size) {
          return yield* problem(`${url}: is longer than the hub says (${file.size} bytes). Try again later.`)
        }
        yield* out.writeAll(chunk).pipe(Effect.mapError(writeProblem(partial)))
        hasher.update(chunk)
        done += chunk.length
        yield* progress(done)
      }))
    )
    if (done < file.size) {
      return yield* new Interrupted({ message: `the connection ended after ${done} of ${file.size} bytes` })
    }
  }
  if (hasher.digest("hex") !== file.hash.hex) {
    yield* files.remove(partial, { force: true }).pipe(Effect.ignore)
    return yield* new Interrupted({ message: "what came is not what the hub says it is (its hash differs)" })
  }
  yield* files.rename(partial, blob).pipe(Effect.mapError(writeProblem(blob)))
}, Effect.scoped)

/**
 * Downloads one file into the cache's blobs: resumed where it stopped, checked against the hub's hash, and only then under
 * its own name. Fails with `ModelFiles`, naming the file and what can be done.
 */
export const fetchBlob = (
  request: BlobRequest,
  pause: Duration.Input = "1 second"
): Effect.Effect<void, BackendError, FileSystem.FileSystem | HttpClient.HttpClient> =>
  Effect.suspend(() => {
    let reached = 0
    let best = 0
    let vain = 0
    const progress = (done: number) => {
      reached = Math.max(reached, done)
      return request.progress(done)
    }
    const isWorthwhile = (error: BackendError | Interrupted): boolean => {
      if (error._tag !== "Interrupted") return false
      vain = reached > best ? 0 : vain + 1
      best = reached
      return vain <= TRIES
    }
    return attempt({ ...request, progress }).pipe(
      Effect.retry({
        schedule: Schedule.min([Schedule.exponential(pause), Schedule.spaced("30 seconds")]),
        while: isWorthwhile
      })
    )
  }).pipe(
    Effect.catchTag("Interrupted", (cause) =>
      Effect.fail(problem(
        `${request.file.name} could not be downloaded from ${request.url}: ${cause.message}. Check the network and start `
          + "again; what was downloaded is kept.",
        { cause }
      )))
  )
