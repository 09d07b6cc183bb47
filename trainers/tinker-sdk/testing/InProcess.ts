import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import { FakeTinker } from "./FakeTinker.ts"
import { bytesOf, type FakeReply } from "./service/Http.ts"

/** Statuses whose replies have no body. */
const BODILESS: ReadonlyArray<number> = [204, 205, 304]

const toWeb = ({ body, headers, status }: FakeReply): Response =>
  new Response(BODILESS.includes(status) ? null : Uint8Array.from(body), { status, headers: { ...headers } })

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Uint8Array | undefined => {
  const { body } = request
  if (body._tag === "Empty") return new Uint8Array()
  if (body._tag === "Uint8Array") return body.body
  return body._tag === "Raw" && typeof body.body === "string" ? bytesOf(body.body) : undefined
}

/** A client whose requests go to the fake service without a socket. It follows no redirects. */
export const fakeHttpClient = (service: FakeTinker["Service"]): HttpClient.HttpClient => {
  const { origin } = new URL(service.baseUrl)
  return HttpClient.make((request, url) => {
    const fail = (description: string) =>
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.TransportError({ request, description })
      })
    if (url.origin !== origin) return Effect.fail(fail(`no route to ${url.origin}`))
    const body = bodyOf(request)
    if (body === undefined) return Effect.fail(fail(`a ${request.body._tag} body cannot be sent in process`))
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value
    return service.handle({ method: request.method, path: `${url.pathname}${url.search}`, headers, body }).pipe(
      Effect.map((reply) => HttpClientResponse.fromWeb(request, toWeb(reply))),
      Effect.mapError(({ message }) => fail(message))
    )
  })
}

/** The same as the HttpClient service. */
export const fakeHttpClientLayer: Layer.Layer<HttpClient.HttpClient, never, FakeTinker> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(FakeTinker, fakeHttpClient)
)

/** A `fetch` that goes to the fake service without a socket. It follows no redirects; an abort signal breaks a call off. */
export const fakeFetch = (service: FakeTinker["Service"]): Effect.Effect<typeof globalThis.fetch> =>
  Effect.contextWith((context) =>
    Effect.succeed(async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init)
      const url = new URL(request.url)
      const body = new Uint8Array(await request.arrayBuffer())
      const headers = Object.fromEntries(request.headers)
      const call = service.handle({ method: request.method, path: `${url.pathname}${url.search}`, headers, body })
      return Effect.runPromiseWith(context)(
        Effect.mapBoth(call, { onSuccess: toWeb, onFailure: ({ message }) => new TypeError(message) }),
        { signal: request.signal }
      )
    })
  )
