import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { checkpointRoutes, signedArchive } from "./CheckpointRoutes.ts"
import { type FakeReply, type FakeRequest, json, type Refusal, refuse } from "./Http.ts"
import { modelRoutes } from "./ModelRoutes.ts"
import { decodeBody, RetrieveFuture } from "./Requests.ts"
import { samplingRoutes } from "./SamplingRoutes.ts"
import { sessionRoutes, unloadSession } from "./SessionRoutes.ts"
import { trainingRoutes } from "./TrainingRoutes.ts"
import type { Call, Route, World } from "./World.ts"

const retrieveFuture: Route = {
  method: "POST",
  path: "/retrieve_future",
  endpoint: (world, { body, request }) =>
    Effect.flatMap(
      decodeBody(RetrieveFuture, body),
      ({ allow_metadata_only: metadataOnly = false, request_id }) =>
        world.futures.retrieve(request_id, metadataOnly, request.headers["accept"] ?? "")
    )
}

const routes: ReadonlyArray<Route> = [
  ...sessionRoutes,
  ...modelRoutes,
  ...trainingRoutes,
  ...samplingRoutes,
  ...checkpointRoutes,
  retrieveFuture
]

/** The parts of a path that a pattern names, decoded; undefined where it does not match. */
const match = (pattern: string, path: string): ReadonlyArray<string> | undefined => {
  const expected = pattern.split("/")
  const given = path.split("/")
  if (expected.length !== given.length) return undefined
  const params: Array<string> = []
  for (const [index, part] of expected.entries()) {
    if (part.startsWith(":")) params.push(decodeURIComponent(given[index]!))
    else if (part !== given[index]) return undefined
  }
  return params
}

/** The path below the base address, without query: `/optim_step` for `…/api/v1/optim_step`. Undefined outside of it. */
export const pathBelow = (baseUrl: string, path: string): string | undefined => {
  const prefix = `${new URL(baseUrl).pathname.replace(/\/$/, "")}/api/v1`
  const plain = path.split("?")[0]!
  return plain.startsWith(`${prefix}/`) ? plain.slice(prefix.length) : undefined
}

const parseJson = (request: FakeRequest): Effect.Effect<unknown, Refusal> => {
  const text = new TextDecoder().decode(request.body)
  if (request.method === "GET" || (request.method === "DELETE" && text === "")) return Effect.undefined
  if (request.headers["content-type"]?.startsWith("application/json") !== true) {
    return text === "" ? Effect.undefined : Effect.fail(refuse(415, "the body's content-type is not application/json"))
  }
  return Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () =>
      refuse(422, [{ type: "json_invalid", loc: ["body"], msg: "the body is not JSON", input: text.slice(0, 80) }])
  })
}

const asReply = ({ detail, status }: Refusal): FakeReply => json(status, { detail })

/** The key itself, or a token given for it that has not ended. */
const letsIn = ({ behaviour, tokens }: World, key: string | undefined, now: number): boolean =>
  key !== undefined && (key === behaviour.apiKey || now < (tokens.get(key) ?? 0))

const dispatch = Effect.fnUntraced(function*(
  world: World,
  request: FakeRequest
): Effect.fn.Return<FakeReply, Refusal> {
  const now = yield* Clock.currentTimeMillis
  for (const session of world.sessions.sweep(now)) yield* unloadSession(world, session)
  const query = new URL(request.path, "http://service").searchParams
  const call: Call = { params: [], query, body: undefined, request, now }

  const signed = match(
    `${new URL(world.behaviour.baseUrl).pathname.replace(/\/$/, "")}/signed/:path`,
    request.path.split("?")[0]!
  )
  if (signed !== undefined && request.method === "GET") return yield* signedArchive(world, { ...call, params: signed })

  const path = pathBelow(world.behaviour.baseUrl, request.path)
  if (path === undefined) return yield* refuse(404, "Not Found")
  const matching = routes.flatMap((route) => {
    const params = match(route.path, path)
    return params === undefined ? [] : [{ route, params }]
  })
  if (matching.length === 0) return yield* refuse(404, "Not Found")
  const found = matching.find(({ route }) => route.method === request.method)
  if (found === undefined) return yield* refuse(405, "Method Not Allowed")
  const { params, route } = found
  if (route.open !== true && !letsIn(world, request.headers["x-api-key"], now)) {
    return yield* refuse(401, "Unable to validate credential")
  }
  const isJson = request.headers["content-type"]?.startsWith("application/json") === true
  const body = route.binary === true && !isJson ? undefined : yield* parseJson(request)
  const answer = route.endpoint(world, { ...call, params, body })
  // Only a poll may be broken off half-way: anything else happens whole once it has arrived.
  return yield* route === retrieveFuture ? answer : Effect.uninterruptible(answer)
})

/** Answers one request as the service does, without faults. */
export const answer = (world: World, request: FakeRequest): Effect.Effect<FakeReply> =>
  dispatch(world, request).pipe(Effect.catch((refusal) => Effect.succeed(asReply(refusal))))
