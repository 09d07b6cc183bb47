import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { TinkerInputError } from "../TinkerError.ts"
import type { Observer } from "../transport/Progress.ts"
import { DEFAULT_BASE_URL, NEWER_PROTOCOL_VERSION, PROTOCOL_VERSION, type UserMetadata } from "../wire/index.ts"

export interface TinkerOptions {
  readonly apiKey: Redacted.Redacted<string>
  /** Without `/api/v1`; a path in front of it is kept. Default: the hosted service. */
  readonly baseUrl?: string | undefined
  /** Sent with every request, as through an access proxy. */
  readonly headers?: Readonly<Record<string, Redacted.Redacted<string>>> | undefined
  /** Labels of the session. */
  readonly tags?: ReadonlyArray<string> | undefined
  readonly userMetadata?: UserMetadata | undefined
  readonly projectId?: string | undefined
  /** The longest wait for any one answer or result, unless the call says otherwise. Default: 2 hours. */
  readonly deadline?: Duration.Input | undefined
  /** What the client says it is. Default: 0.25.0, and 0.38.0 to services that refuse that as too old. */
  readonly protocolVersion?: string | undefined
  /**
   * "turns" (default): a training request is sent when the one before it was taken. "overlapped": they are sent in order
   * but without waiting for each other, which saves round trips where the service orders requests by their numbers.
   */
  readonly submission?: "turns" | "overlapped" | undefined
  /** Hears all that is waited for, also while the client opens, when its stream is not there yet. */
  readonly onProgress?: Observer | undefined
  /** Tells the service when the client closes, so that it can free the models. Default: true. */
  readonly finishOnClose?: boolean | undefined
}

export interface Settings {
  readonly apiKey: Redacted.Redacted<string>
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, Redacted.Redacted<string>>>
  readonly tags: ReadonlyArray<string>
  readonly userMetadata: UserMetadata | undefined
  readonly projectId: string | undefined
  readonly deadline: Duration.Input
  /** What to say that the client is; the next where one is refused. */
  readonly protocolVersions: readonly [string, ...ReadonlyArray<string>]
  readonly submission: "turns" | "overlapped"
  readonly finishOnClose: boolean
}

const wrong = (detail: string) => Effect.fail(new TinkerInputError({ operation: "Opening a Tinker client", detail }))

/** Fills in the defaults. Fails where the key or the address cannot be meant. */
export const settings = (options: TinkerOptions): Effect.Effect<Settings, TinkerInputError> => {
  const key = Redacted.value(options.apiKey)
  const baseUrl = (options.baseUrl === undefined || options.baseUrl === "" ? DEFAULT_BASE_URL : options.baseUrl)
    .replace(/\/+$/, "")
  if (key === "") return wrong("The API key is empty; set TINKER_API_KEY.")
  if (!/^[\x21-\x7e]+$/.test(key))
    return wrong("The API key holds spaces or line ends; set TINKER_API_KEY without them.")
  if (baseUrl === DEFAULT_BASE_URL && !/^(tml-|eyJ)/.test(key)) {
    return wrong(
      `The API key is not one of the hosted service, which start with "tml-"; set TINKER_API_KEY, or baseUrl.`
    )
  }
  if (!/^https?:\/\/[^/?#\s]+(\/[^?#\s]*)?$/.test(baseUrl)) {
    return wrong(`"${baseUrl}" is not an http(s) address without query; set TINKER_BASE_URL.`)
  }
  return Effect.succeed({
    apiKey: options.apiKey,
    baseUrl,
    headers: options.headers ?? {},
    tags: options.tags ?? [],
    userMetadata: options.userMetadata,
    projectId: options.projectId,
    deadline: options.deadline ?? "2 hours",
    protocolVersions: options.protocolVersion === undefined
      ? [PROTOCOL_VERSION, NEWER_PROTOCOL_VERSION]
      : [options.protocolVersion],
    submission: options.submission ?? "turns",
    finishOnClose: options.finishOnClose ?? true
  })
}

const text = (name: string) => Config.option(Config.String(name))

/**
 * Options from `TINKER_API_KEY`, `TINKER_BASE_URL`, `TINKER_TAGS` (comma separated), `TINKER_PROJECT_ID`,
 * `CLOUDFLARE_ACCESS_CLIENT_ID` and `CLOUDFLARE_ACCESS_CLIENT_SECRET`.
 */
export const optionsConfig: Config.Config<TinkerOptions> = Config.all({
  apiKey: Config.Redacted("TINKER_API_KEY"),
  baseUrl: text("TINKER_BASE_URL"),
  tags: text("TINKER_TAGS"),
  projectId: text("TINKER_PROJECT_ID"),
  accessId: Config.option(Config.Redacted("CLOUDFLARE_ACCESS_CLIENT_ID")),
  accessSecret: Config.option(Config.Redacted("CLOUDFLARE_ACCESS_CLIENT_SECRET"))
}).pipe(Config.map(({ accessId, accessSecret, apiKey, baseUrl, projectId, tags }): TinkerOptions => ({
  apiKey,
  baseUrl: Option.getOrUndefined(baseUrl),
  projectId: Option.getOrUndefined(Option.filter(projectId, (id) => id !== "")),
  tags: Option.getOrElse(tags, () => "").split(",").map((tag) => tag.trim()).filter((tag) => tag !== ""),
  headers: Option.isSome(accessId) && Option.isSome(accessSecret)
    ? { "CF-Access-Client-Id": accessId.value, "CF-Access-Client-Secret": accessSecret.value }
    : {}
})))
