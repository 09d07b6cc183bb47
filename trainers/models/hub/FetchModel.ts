import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import { statfs } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import type { BackendError } from "../../../core/LoraBackend.ts"
import type { Places } from "../Places.ts"
import { inTime, inUnits } from "../Units.ts"
import { fetchBlob, problem, writeProblem } from "./FetchBlob.ts"
import { cachedModel, missingParts, modelFolder, modelPath, type Parts } from "./HubCache.ts"
import { type HubFile, type HubModel, hubName, isTextFile, ModelInfo, wantedFiles } from "./HubModel.ts"

export interface HubOptions extends Places {
  /** Default `whole`. */
  readonly parts?: Parts
  readonly report: (message: string) => Effect.Effect<void>
  /** Wait before the second try of a download; doubled for each further one. Default a second. */
  readonly pause?: Duration.Input
}

/** A hub's client: the token goes to this hub only, as browsers do it on redirects. */
const clientLayer = ({ hubToken: token }: HubOptions): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      token === undefined
        ? client
        : HttpClient.mapRequest(client, HttpClientRequest.bearerToken(token)))
  ).pipe(
    Layer.provide(FetchHttpClient.layer)
  )

const listing = Effect.fnUntraced(function*(
  model: HubModel,
  { hubEndpoint: endpoint, hubToken: token, pause = "1 second" }: HubOptions
) {
  const client = (yield* HttpClient.HttpClient).pipe(
    HttpClient.retryTransient({ schedule: Schedule.exponential(pause), times: 3 })
  )
  const url = `${endpoint}/api/models/${model.id}/revision/${encodeURIComponent(model.revision)}?blobs=true`
  const response = yield* client.execute(HttpClientRequest.get(url)).pipe(
    Effect.mapError((cause) =>
      problem(
        `${model.id} is not in the cache, and ${endpoint} cannot be reached (${cause.reason._tag}). Connect to the network, `
          + "or give the folder of a model: model_name=/path/to/model",
        { cause }
      )
    )
  )
  if (response.status === 401 || response.status === 403 || response.status === 404) {
    return yield* problem(
      `${endpoint} has no model ${model.id}@${model.revision} that can be read${
        token === undefined ? " without a token" : " with this token"
      } (${response.status}). Check model_name; for a gated model accept its terms and set HF_TOKEN.`
    )
  }
  if (response.status !== 200) {
    return yield* problem(`${endpoint} answered ${response.status} for ${model.id}. Try again later.`)
  }
  return yield* HttpClientResponse.schemaBodyJson(ModelInfo)(response).pipe(
    Effect.mapError((cause) =>
      problem(
        `${endpoint} listed ${model.id} in no known form (${cause.message.slice(0, 200)}). Set HF_ENDPOINT to a hub.`,
        { cause }
      )
    )
  )
})

const checkSpace = Effect.fnUntraced(function*(folder: string, needed: number) {
  const space = yield* Effect.tryPromise(() => statfs(folder)).pipe(Effect.orElseSucceed(() => undefined))
  if (space === undefined) return
  const free = space.bavail * space.bsize
  if (free < needed) {
    return yield* problem(
      `${folder} has ${inUnits(free)} free and the model needs ${
        inUnits(needed)
      }. Make room, or set HF_HOME to a folder on `
        + "another disk."
    )
  }
})

/** Reports a download's progress every so many percent, not with every chunk, with the time left at the speed so far. */
const stepper = Effect.fnUntraced(function*(
  total: number,
  already: number,
  say: (text: string) => Effect.Effect<void>
) {
  const begun = yield* Clock.currentTimeMillis
  let told = 0
  return Effect.fnUntraced(function*(done: number) {
    const percent = total === 0 ? 100 : Math.floor(100 * done / total)
    if (percent < told + 5 && (percent < 100 || told === 100)) return
    told = percent
    const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
    const speed = (done - already) / Math.max(seconds, 0.001)
    const left = percent === 100 || speed <= 0 ? "" : `, about ${inTime((total - done) / speed)} left`
    yield* say(`${percent} % (${inUnits(done)} of ${inUnits(total)}${left})`)
  })
})

const download = Effect.fnUntraced(function*(model: HubModel, options: HubOptions) {
  const files = yield* FileSystem.FileSystem
  const info = yield* listing(model, options)
  const wanted = wantedFiles(info, model.file).filter((file) =>
    options.parts !== "tokenizer" || model.file !== undefined || isTextFile(file)
  )
  const folder = modelFolder(options.hubDirectory, model)
  const snapshot = join(folder, "snapshots", info.sha)
  const blobs = join(folder, "blobs")
  const makeFolder = (path: string) =>
    files.makeDirectory(path, { recursive: true }).pipe(Effect.mapError(writeProblem(path)))
  yield* makeFolder(blobs)
  const blobOf = (file: HubFile) => join(blobs, file.hash.hex)
  const isThere = (path: string) => files.exists(path).pipe(Effect.orElseSucceed(() => false))
  const lacking: Array<HubFile> = []
  for (const file of wanted) {
    if (!(yield* isThere(blobOf(file)))) lacking.push(file)
  }
  const total = lacking.reduce((sum, { size }) => sum + size, 0)
  const started = yield* Effect.forEach(lacking, (file) =>
    files.stat(`${blobOf(file)}.incomplete`).pipe(
      Effect.map((stat) => Math.min(Number(stat.size), file.size)),
      Effect.orElseSucceed(() => 0)
    ))
  const already = started.reduce((sum, size) => sum + size, 0)
  yield* checkSpace(blobs, total - already)
  if (total > 0) {
    yield* options.report(
      `Downloading ${hubName(model)} (${inUnits(total)}${
        already === 0 ? "" : `, ${inUnits(already)} of it done`
      }) to ${folder} …`
    )
  }
  let finished = 0
  const step = yield* stepper(total, already, (text) => options.report(`${hubName(model)}: ${text}`))
  for (const file of lacking) {
    yield* fetchBlob({
      file,
      url: `${options.hubEndpoint}/${model.id}/resolve/${info.sha}/${file.name}`,
      blob: blobOf(file),
      progress: (done) => step(finished + done)
    }, options.pause)
    finished += file.size
  }
  for (const file of wanted) {
    const path = join(snapshot, file.name)
    yield* makeFolder(dirname(path))
    if (yield* isThere(path)) continue
    yield* files.remove(path, { force: true }).pipe(Effect.ignore)
    yield* files.symlink(relative(dirname(path), blobOf(file)), path).pipe(
      // Where links are not allowed, a second copy does.
      Effect.catch(() => files.copyFile(blobOf(file), path)),
      Effect.mapError(writeProblem(path))
    )
  }
  const lost = yield* missingParts(snapshot, model, options.parts)
  if (lost.length > 0) {
    return yield* problem(
      `${model.id} on the hub lacks ${
        lost.join(", ")
      }; only models with a tokenizer.json and safetensors weights can be `
        + "used. Choose another one."
    )
  }
  const ref = join(folder, "refs", model.revision)
  yield* makeFolder(dirname(ref))
  yield* files.writeFileString(ref, info.sha).pipe(Effect.mapError(writeProblem(ref)))
  return modelPath(snapshot, model)
})

/**
 * The folder or GGUF file of a hub model, downloaded if it is not whole in the cache. The network is only asked when something is
 * missing. Fails with `ModelFiles`.
 */
export const fetchModel = Effect.fn("models.fetchModel")(function*(
  model: HubModel,
  options: HubOptions
): Effect.fn.Return<string, BackendError, FileSystem.FileSystem> {
  const cached = yield* cachedModel(options.hubDirectory, model, options.parts)
  if (cached !== undefined) return cached
  if (options.offline) {
    return yield* problem(
      `${model.id} is not whole in ${
        modelFolder(options.hubDirectory, model)
      }, and HF_HUB_OFFLINE forbids to download it. `
        + "Unset it once, or give the folder of a model: model_name=/path/to/model"
    )
  }
  return yield* download(model, options).pipe(Effect.provide(clientLayer(options)))
})
