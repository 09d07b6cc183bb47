import * as Effect from "effect/Effect"
import { type Checkpoint, checkpointJson, checkpointPath } from "./Checkpoints.ts"
import { empty, json, type Refusal, refuse } from "./Http.ts"
import { runOf } from "./ModelRoutes.ts"
import { decodeBody, TimeToLive, WeightsInfo } from "./Requests.ts"
import { tar } from "./Tar.ts"
import type { TrainingRun } from "./TrainingRun.ts"
import type { Call, Endpoint, Route, World } from "./World.ts"

/** How long a signed address is good for, milliseconds. */
const SIGNED_FOR = 3_600_000

const runJson = (world: World, run: TrainingRun, now: number): unknown => {
  const { id, metadata, model, shape } = run.parts
  const own = world.checkpoints.list(now).filter(({ runId }) => runId === id)
  const last = (kind: Checkpoint["kind"]) => own.findLast((checkpoint) => checkpoint.kind === kind)
  const [training, sampler] = [last("weights"), last("sampler_weights")]
  return {
    training_run_id: id,
    base_model: model.name,
    model_owner: "fake",
    is_lora: true,
    corrupted: false,
    lora_rank: shape.rank,
    last_request_time: new Date(run.lastRequestAt).toISOString(),
    last_checkpoint: training === undefined ? null : checkpointJson(training),
    last_sampler_checkpoint: sampler === undefined ? null : checkpointJson(sampler),
    user_metadata: metadata
  }
}

/** One page of a list, and where it stands. */
const page = <A>(all: ReadonlyArray<A>, query: URLSearchParams, size: number) => {
  const offset = Number(query.get("offset") ?? 0)
  const limit = Number(query.get("limit") ?? size)
  return { items: all.slice(offset, offset + limit), cursor: { offset, limit, total_count: all.length } }
}

const namedPath = ({ params }: Call): Effect.Effect<string, Refusal> => {
  const [run, kind, name] = params
  return kind === "weights" || kind === "sampler_weights"
    ? Effect.succeed(checkpointPath(run!, kind, name!))
    : Effect.fail(refuse(404, `${kind} is no kind of checkpoint: weights or sampler_weights`))
}

/** Does something with the checkpoint that the path names. */
const onCheckpoint = (
  use: (world: World, checkpoint: Checkpoint, call: Call) => Effect.Effect<ReturnType<typeof json>, Refusal>
): Endpoint =>
(world, call) =>
  Effect.flatMap(
    namedPath(call),
    (path) => Effect.flatMap(world.checkpoints.find(path, call.now), (checkpoint) => use(world, checkpoint, call))
  )

const setTtl = onCheckpoint((_, checkpoint, { body, now }) =>
  Effect.map(decodeBody(TimeToLive, body), ({ ttl_seconds }) => {
    checkpoint.expiresAt = ttl_seconds === null ? undefined : now + 1000 * ttl_seconds
    return json(200, {})
  })
)

const publish = (published: boolean) =>
  onCheckpoint((_, checkpoint) =>
    Effect.sync(() => {
      checkpoint.published = published
      return json(200, {})
    })
  )

/** The address that the caller knows the service by: behind a socket, its port is not known before. */
const addressOf = (world: World, { request }: Call): string => {
  const { host } = request.headers
  const { baseUrl, prefix } = world.behaviour
  return host === undefined ? baseUrl : `http://${host}${prefix}`
}

const sendArchive = (world: World, { kind, name, runId }: Checkpoint, call: Call) =>
  Effect.suspend(() => {
    const path = checkpointPath(runId, kind, name)
    const busy = world.archives.get(path) ?? world.behaviour.archiveBusy
    if (busy > 0) {
      world.archives.set(path, busy - 1)
      return Effect.fail(refuse(503, "the archive is being built"))
    }
    const expires = new Date(call.now + SIGNED_FOR)
    const url = `${addressOf(world, call)}/signed/${encodeURIComponent(path)}?expires=${expires.getTime()}`
    return Effect.succeed(
      world.behaviour.archive === "json"
        ? json(200, { url, expires: expires.toISOString() })
        : { ...empty(302), headers: { location: url, expires: expires.toUTCString(), "content-length": "0" } }
    )
  })

const byKind = onCheckpoint(sendArchive)
const byName: Endpoint = (world, call) =>
  Effect.flatMap(
    world.checkpoints.find(checkpointPath(call.params[0]!, "sampler_weights", call.params[1]!), call.now),
    (checkpoint) => sendArchive(world, checkpoint, call)
  )

/** Where archives are not found so, as if there were no such path. */
const ifFoundBy = (paths: World["behaviour"]["archivePaths"], endpoint: Endpoint): Endpoint => (world, call) =>
  world.behaviour.archivePaths === paths ? endpoint(world, call) : Effect.fail(refuse(405, "Method Not Allowed"))

/** What a signed address leads to. It belongs to another host than the service, which must not be told the key. */
export const signedArchive = Effect.fnUntraced(function*(world: World, { now, params, query, request }: Call) {
  if (request.headers["x-api-key"] !== undefined) {
    return yield* refuse(400, "a signed address leads to another host: do not send it the API key")
  }
  if (Number(query.get("expires")) < now) return yield* refuse(403, "the signature expired")
  const { shape, weights } = yield* world.checkpoints.find(params[0]!, now)
  const files = yield* Effect.mapError(world.engine.exportPeft(weights, shape), ({ message }) => refuse(500, message))
  return { status: 200, headers: { "content-type": "application/x-tar" }, body: tar(files) }
})

export const checkpointRoutes: ReadonlyArray<Route> = [
  {
    method: "GET",
    path: "/training_runs",
    endpoint: (world, { now, query }) => {
      const { cursor, items } = page([...world.runs.values()], query, 20)
      return Effect.succeed(json(200, { training_runs: items.map((run) => runJson(world, run, now)), cursor }))
    }
  },
  {
    method: "GET",
    path: "/training_runs/:run",
    endpoint: (world, { now, params }) =>
      Effect.map(runOf(world, params[0]!), (run) => json(200, runJson(world, run, now)))
  },
  {
    method: "GET",
    path: "/training_runs/:run/checkpoints",
    endpoint: (world, { now, params }) =>
      Effect.map(runOf(world, params[0]!), ({ parts }) =>
        json(200, {
          checkpoints: world.checkpoints.list(now).filter(({ runId }) => runId === parts.id).map(checkpointJson)
        }))
  },
  {
    method: "GET",
    path: "/checkpoints",
    endpoint: (world, { now, query }) => {
      const { cursor, items } = page(world.checkpoints.list(now), query, 100)
      return Effect.succeed(json(200, { checkpoints: items.map(checkpointJson), cursor }))
    }
  },
  {
    method: "DELETE",
    path: "/training_runs/:run/checkpoints/:kind/:name",
    endpoint: (world, call) =>
      Effect.flatMap(namedPath(call), (path) => Effect.as(world.checkpoints.delete(path, call.now), empty(204)))
  },
  { method: "PUT", path: "/training_runs/:run/checkpoints/:kind/:name/ttl", endpoint: setTtl },
  { method: "POST", path: "/training_runs/:run/checkpoints/:kind/:name/publish", endpoint: publish(true) },
  { method: "DELETE", path: "/training_runs/:run/checkpoints/:kind/:name/publish", endpoint: publish(false) },
  { method: "GET", path: "/training_runs/:run/checkpoints/:kind/:name/archive", endpoint: ifFoundBy("kind", byKind) },
  { method: "GET", path: "/training_runs/:run/checkpoints/:name/archive", endpoint: ifFoundBy("name", byName) },
  {
    method: "POST",
    path: "/weights_info",
    endpoint: (world, { body, now }) =>
      Effect.gen(function*() {
        const { tinker_path } = yield* decodeBody(WeightsInfo, body)
        const { shape, weights } = yield* world.checkpoints.find(tinker_path, now)
        return json(200, {
          base_model: weights.baseModel,
          is_lora: true,
          lora_rank: shape.rank,
          train_unembed: shape.trainUnembed,
          train_mlp: shape.trainMlp,
          train_attn: shape.trainAttn
        })
      })
  }
]
