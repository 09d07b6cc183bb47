import * as Effect from "effect/Effect"
import { type Refusal, refuse } from "./Http.ts"

/** Requests that may be repeated with the same number and body, and then get the same answer. */
export class Numbered<A> {
  readonly #taken = new Map<number, { readonly body: string; readonly answer: A }>()

  /** The earlier answer for this number and body; another body is refused. */
  earlier(what: string, number: number, body: string): Effect.Effect<A | undefined, Refusal> {
    const before = this.#taken.get(number)
    if (before === undefined) return Effect.undefined
    return before.body === body
      ? Effect.succeed(before.answer)
      : Effect.fail(refuse(409, `${what} ${number} was used before with another body`))
  }

  take(number: number, body: string, answer: A): void {
    this.#taken.set(number, { body, answer })
  }
}

export interface Session {
  readonly id: string
  readonly tags: ReadonlyArray<string>
  lastHeartbeat: number
  ended: "no" | "expired" | "finished"
  readonly models: Numbered<{ readonly modelId: string; readonly requestId: string }>
  /** Shared by create_sampling_session and ephemeral saves. */
  readonly samplers: Numbered<string>
  readonly modelIds: Array<string>
  readonly samplerIds: Array<string>
}

/** Sessions by id. One without a heartbeat for too long is over. */
export class Sessions {
  readonly #timeout: number
  readonly #run: string
  readonly #byId = new Map<string, Session>()
  #made = 0

  constructor(timeout: number, run: string) {
    this.#timeout = timeout
    this.#run = run
  }

  create(tags: ReadonlyArray<string>, now: number): Session {
    const session: Session = {
      id: `s-${this.#run}${++this.#made}`,
      tags,
      lastHeartbeat: now,
      ended: "no",
      models: new Numbered(),
      samplers: new Numbered(),
      modelIds: [],
      samplerIds: []
    }
    this.#byId.set(session.id, session)
    return session
  }

  /** Sessions whose time ran out since this was last asked. */
  sweep(now: number): ReadonlyArray<Session> {
    const over = [...this.#byId.values()].filter(({ ended, lastHeartbeat }) =>
      ended === "no" && now - lastHeartbeat > this.#timeout
    )
    for (const session of over) session.ended = "expired"
    return over
  }

  forget(): void {
    this.#byId.clear()
  }

  find(id: string): Session | undefined {
    return this.#byId.get(id)
  }

  list(): ReadonlyArray<Session> {
    return [...this.#byId.values()]
  }

  /** A session that new models and samplers can join. */
  live(id: string): Effect.Effect<Session, Refusal> {
    const session = this.#byId.get(id)
    if (session === undefined || session.ended === "expired") return Effect.fail(refuse(403, "Invalid session_id"))
    if (session.ended === "finished") return Effect.fail(refuse(410, `session ${id} is finished`))
    return Effect.succeed(session)
  }

  heartbeat(id: string, now: number): Effect.Effect<void, Refusal> {
    const session = this.#byId.get(id)
    if (session === undefined || session.ended === "expired") return Effect.fail(refuse(404, "Session not found"))
    if (session.ended === "finished") return Effect.fail(refuse(410, `session ${id} is finished`))
    session.lastHeartbeat = now
    return Effect.void
  }
}
