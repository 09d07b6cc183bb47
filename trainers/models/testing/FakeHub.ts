import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export const COMMIT = "0123456789abcdef0123456789abcdef01234567"

/** How the hub behaves; may be changed while it runs. */
export interface FakeHubState {
  files: Record<string, Buffer>
  /** Names of files that are large: listed with a SHA-256 and sent by way of a redirect. */
  large: ReadonlySet<string>
  /** Breaks the connection after so many bytes of a file's content, once the reader has them. */
  cutAfter?: number
  /** Bytes that the reader has of the file with this hash. */
  taken?: (hash: string) => number
  /** Sends other bytes than were listed, so many times. */
  corrupt?: number
  /** Answers these codes before anything else. */
  failures?: Array<number>
  /** Ignores `Range`. */
  noRange?: boolean
  token?: string
}

export interface FakeHub {
  readonly endpoint: string
  readonly state: FakeHubState
  /** Method, path and range of each request so far. */
  readonly requests: ReadonlyArray<string>
}

const gitHash = (content: Buffer): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex")
export const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex")

/** A hub with one model, `owner/tiny`, on this machine. */
export const fakeHub = (state: FakeHubState) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly hub: FakeHub; readonly close: () => void }>((resume) => {
      const requests: Array<string> = []
      const server = createServer((request, response) => {
        const path = request.url ?? ""
        const range = request.headers.range
        requests.push(`${path}${range === undefined ? "" : ` ${range}`}`)
        const end = (status: number, headers: Record<string, string> = {}, body: Buffer | string = "") => {
          response.writeHead(status, headers)
          response.end(body)
        }
        const failure = state.failures?.shift()
        if (failure !== undefined) return end(failure)
        if (state.token !== undefined && request.headers.authorization !== `Bearer ${state.token}`) return end(401)
        if (path === "/api/models/owner/tiny/revision/main?blobs=true") {
          const siblings = Object.entries(state.files).map(([rfilename, content]) => ({
            rfilename,
            size: content.length,
            blobId: gitHash(content),
            ...(state.large.has(rfilename)
              ? { lfs: { sha256: sha256(content), size: content.length, pointerSize: 1 } }
              : {})
          }))
          return end(
            200,
            { "content-type": "application/json" },
            JSON.stringify({ id: "owner/tiny", sha: COMMIT, siblings })
          )
        }
        const [, route, name = ""] = new RegExp(`^/(owner/tiny/resolve/${COMMIT}|cdn)/(.+)$`).exec(path) ?? []
        const content = state.files[name]
        if (route === undefined || content === undefined) return end(404)
        if (route !== "cdn" && state.large.has(name)) return end(302, { location: `/cdn/${name}` })
        const from = range === undefined || state.noRange === true ? 0 : Number(/bytes=(\d+)-/.exec(range)?.[1])
        const corrupt = (state.corrupt ?? 0) > 0
        if (corrupt) state.corrupt = (state.corrupt ?? 0) - 1
        const body = (corrupt ? Buffer.alloc(content.length, 7) : content).subarray(from)
        response.writeHead(from === 0 ? 200 : 206, { "content-length": String(body.length) })
        if (state.cutAfter === undefined || body.length <= state.cutAfter) return void response.end(body)
        // A reader drops what it has not taken yet when the connection breaks.
        const until = from + state.cutAfter
        const hash = state.large.has(name) ? sha256(content) : gitHash(content)
        const cut = (): void => {
          if ((state.taken?.(hash) ?? until) < until && !response.destroyed) return void setImmediate(cut)
          response.destroy()
        }
        response.write(body.subarray(0, state.cutAfter), cut)
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({
          hub: { endpoint: `http://127.0.0.1:${port}`, state, requests },
          close: () => {
            server.closeAllConnections()
            server.close()
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  ).pipe(Effect.map(({ hub }) => hub))
