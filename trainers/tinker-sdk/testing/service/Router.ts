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

/** Paths without names in them, which are most. */
const plain = new Map(
  routes.filter(({ path }) => !path.includes("/:")).map((route) => [`${route.method} ${route.path}`, route])
)
const patterns = routes.filter(({ path }) => path.includes("/:"))

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

/** What the base address adds in front of every path. */
export const prefixOf = (baseUrl: string): string => new URL(baseUrl).pathname.replace(/\/$/, "")

/** The path below the base address, without query: `/optim_step` for `…/api/v1/optim_step`. Undefined outside of it. */
export const pathBelow = (prefix: string, path: string): string | undefined => {
  const query = path.indexOf("?")
  const whole = query < 0 ? path : path.slice(0, query)
  return whole.startsWith(`${prefix}/api/v1/`) ? whole.slice(prefix.length + "/api/v1".length) : undefined
}

const findRoute = (
  method: string,
  path: string
): Effect.Effect<Pick<Call, "params"> & { readonly route: Route }, Refusal> => {
  const exact = plain.get(`${method} ${path}`)
  if (exact !== undefined) return Effect.succeed({ route: exact, params: [] })
  const matching = patterns.flatMap((route) => {
    const params = match(route.path, path)
    return params === undefined ? [] : [{ route, params }]
  })
  const found = matching.find(({ route }) => route.method === method)
  if (found !== undefined) return Effect.succeed(found)
  const known = matching.length > 0 || routes.some((route) => route.path === path)
  return Effect.fail(known ? refuse(405, "Method Not Allowed") : refuse(404, "Not Found"))
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
  const [whole = "", query = ""] = request.path.split("?")
  const call: Call = { params: [], query: new URLSearchParams(query), body: undefined, request, now }

  const signed = match(`${world.behaviour.prefix}/signed/:path`, whole)
  if (signed !== undefined && request.method === "GET") return yield* signedArchive(world, { ...call, params: signed })

  const path = pathBelow(world.behaviour.prefix, request.path)
  if (path === undefined) return yield* refuse(404, "Not Found")
  const { params, route } = yield* findRoute(request.method, path)
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
