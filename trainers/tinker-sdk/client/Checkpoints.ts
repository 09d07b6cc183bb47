/** What the service keeps: training runs and their checkpoints. */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { TinkerConnectionError, type TinkerError, type TinkerInputError, TinkerProtocolError } from "../TinkerError.ts"
import { readJson } from "../transport/Transport.ts"
import {
  ArchiveReply,
  type Checkpoint,
  CheckpointsReply,
  Endpoints,
  parseTinkerPath,
  type TinkerPath,
  TrainingRun,
  TrainingRunsReply,
  TtlRequest,
  WeightsInfo,
  WeightsInfoRequest
} from "../wire/index.ts"
import { type Core, direct, encodeBody, get, inputError } from "./Core.ts"

const ARCHIVE_PAUSE = 30_000
const ARCHIVE_RETRIES = 6
const PAGE = 100
const TOO_EARLY = 425

export interface Page {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

export interface Checkpoints {
  /** All of the user's, page by page. */
  readonly all: Stream.Stream<Checkpoint, TinkerError>
  readonly list: (page?: Page) => Effect.Effect<ReadonlyArray<Checkpoint>, TinkerError>
  readonly ofRun: (trainingRunId: string) => Effect.Effect<ReadonlyArray<Checkpoint>, TinkerError>
  readonly runs: (page?: Page) => Effect.Effect<ReadonlyArray<TrainingRun>, TinkerError>
  readonly run: (trainingRunId: string) => Effect.Effect<TrainingRun, TinkerError>
  /** What a checkpoint was trained from, and its LoRA's shape. */
  readonly weightsInfo: (path: string) => Effect.Effect<WeightsInfo, TinkerError>
  readonly delete: (path: string) => Effect.Effect<void, TinkerError>
  /** Seconds from now; null keeps it for good. */
  readonly setTtl: (path: string, seconds: number | null) => Effect.Effect<void, TinkerError>
  /** A signed address of a tar with `adapter_config.json` and `adapter_model.safetensors`; needs no key, and ends soon. */
  readonly archiveUrl: (path: string) => Effect.Effect<ArchiveAddress, TinkerError>
  /** The bytes of that tar, which may be compressed with gzip. */
  readonly download: (path: string) => Stream.Stream<Uint8Array, TinkerError>
}

export interface ArchiveAddress {
  readonly url: string
  /** As the service writes it. */
  readonly expires: string | undefined
}

const pageQuery = (page: Page | undefined) => ({
  limit: String(page?.limit ?? PAGE),
  offset: String(page?.offset ?? 0)
})

const pathOf = (operation: string, text: string): Effect.Effect<TinkerPath, TinkerInputError> =>
  Effect.mapError(Effect.fromResult(parseTinkerPath(text)), inputError(operation))

export const makeCheckpoints = (core: Core, client: HttpClient.HttpClient): Checkpoints => {
  const { transport } = core

  const list: Checkpoints["list"] = (page) =>
    Effect.map(
      get(core, "list_checkpoints", Endpoints.checkpoints, CheckpointsReply, pageQuery(page)),
      ({ checkpoints }) => checkpoints
    )

  const all: Checkpoints["all"] = Stream.paginate(
    0,
    (offset) =>
      Effect.map(
        list({ offset, limit: PAGE }),
        (found) => [found, found.length < PAGE ? Option.none<number>() : Option.some(offset + PAGE)] as const
      )
  )

  const archiveUrl: Checkpoints["archiveUrl"] = Effect.fnUntraced(function*(text) {
    const operation = "checkpoint_archive"
    const { kind, name, trainingRunId } = yield* pathOf(operation, text)
    const places = [
      Endpoints.checkpointArchive(trainingRunId, kind, name),
      ...(kind === "sampler_weights" ? [Endpoints.samplerArchive(trainingRunId, name)] : [])
    ]
    for (let attempt = 0, at = 0;; attempt++) {
      const result = yield* Effect.result(transport.http.exchange({
        operation,
        method: "GET",
        path: places[at]!,
        raw: true
      }, 0))
      const status = result._tag === "Success" ? result.success.status : undefined
      const building = status === 503 || status === TOO_EARLY
      // Elsewhere on this server, if anywhere.
      if ((status === 404 || status === 405) && at + 1 < places.length) {
        at++
        continue
      }
      if ((building || result._tag === "Failure") && attempt < ARCHIVE_RETRIES) {
        const delayMs = ARCHIVE_PAUSE
        const reason = building ? "the archive is being made" : "no answer"
        yield* core.hub.publish({ _tag: "Retrying", operation, attempt: attempt + 1, delayMs, status, reason })
        yield* Effect.sleep(delayMs)
        continue
      }
      if (result._tag === "Failure") return yield* transport.connectionError(operation, result.failure, attempt + 1)
      const reply = result.success
      const location = reply.headers["location"]
      if (reply.status >= 300 && reply.status < 400 && location !== undefined) {
        return { url: new URL(location, transport.settings.baseUrl).href, expires: reply.headers["expires"] }
      }
      if (reply.status !== 200) return yield* transport.statusError(operation, reply)
      const { expires, url } = yield* readJson(ArchiveReply, operation)(reply)
      return { url, expires: expires ?? undefined }
    }
  })

  const download: Checkpoints["download"] = (path) =>
    Stream.unwrap(Effect.gen(function*() {
      const operation = "download_checkpoint"
      const { url } = yield* archiveUrl(path)
      const broken = (detail: string) =>
        new TinkerConnectionError({ operation, baseUrl: new URL(url).origin, attempts: 1, detail })
      if (!URL.canParse(url)) {
        return yield* new TinkerProtocolError({ operation, detail: "The address of the archive cannot be read." })
      }
      // Without the key: the address is signed, and another host's.
      const response = yield* client.execute(HttpClientRequest.get(url)).pipe(
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow" }),
        Effect.provideService(HttpClient.TracerPropagationEnabled, false),
        Effect.mapError(() => broken("the connection failed"))
      )
      if (response.status !== 200) return yield* broken(`it answered ${response.status}`)
      return Stream.mapError(response.stream, () => broken("the connection broke while reading"))
    }))

  return {
    list,
    all,
    ofRun: (run) =>
      Effect.map(
        get(core, "list_checkpoints", Endpoints.runCheckpoints(run), CheckpointsReply),
        ({ checkpoints }) => checkpoints
      ),
    runs: (page) =>
      Effect.map(
        get(core, "list_training_runs", Endpoints.trainingRuns, TrainingRunsReply, pageQuery(page)),
        ({ training_runs }) => training_runs
      ),
    run: (id) => get(core, "get_training_run", Endpoints.trainingRun(id), TrainingRun),
    weightsInfo: (path) =>
      direct(core, {
        operation: "weights_info",
        path: Endpoints.weightsInfo,
        request: WeightsInfoRequest,
        value: { tinker_path: path },
        reply: WeightsInfo
      }),
    delete: (text) =>
      Effect.gen(function*() {
        const operation = "delete_checkpoint"
        const { kind, name, trainingRunId } = yield* pathOf(operation, text)
        yield* transport.request({
          operation,
          method: "DELETE",
          path: Endpoints.checkpoint(trainingRunId, kind, name)
        })
      }),
    setTtl: (text, seconds) =>
      Effect.gen(function*() {
        const operation = "set_checkpoint_ttl"
        const { kind, name, trainingRunId } = yield* pathOf(operation, text)
        const json = yield* encodeBody(TtlRequest, operation, { ttl_seconds: seconds })
        yield* transport.request({
          operation,
          method: "PUT",
          path: Endpoints.checkpointTtl(trainingRunId, kind, name),
          json
        })
      }),
    archiveUrl,
    download
  }
}
