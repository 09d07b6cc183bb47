import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { configError } from "../../core/config/Decode.ts"
import type { Settings } from "../../core/config/Settings.ts"
import type { Launch } from "../../core/defineAgent.ts"
import { resolveFolder } from "../../trainers/models/sources/ResolveModel.ts"
import { type Prices, tinker } from "../../trainers/tinker/index.ts"
import { loadTokenizerFiles } from "../../trainers/models/folder/TokenizerFiles.ts"
import { DEFAULT_BASE_URL, type Observer, optionsConfig, TinkerClient } from "../../trainers/tinker-sdk/index.ts"
import { gpuPlaces } from "../GpuPlaces.ts"
import { consent } from "./Consent.ts"

const TELL_EVERY = 10_000

const NO_KEY =
  "TINKER_API_KEY is not set. Make a key in the console of the Tinker service, then: export TINKER_API_KEY=tml-… "
  + "A server of your own needs TINKER_BASE_URL too; docs/tinker.md has both."

/** Reads `tinker_prices`. */
const pricesOf = ({ tinker_prices }: Settings): { readonly prices?: Prices } => {
  const [prefill, sample, train] = (tinker_prices ?? "").split(",").map(Number)
  return prefill === undefined || sample === undefined || train === undefined
    ? {}
    : { prices: { prefill, sample, train } }
}

/** The address of the service, without the rest of the client's options. */
const baseUrlOf = (given: string | undefined): Effect.Effect<string, ReturnType<typeof configError>> => {
  const address = given === undefined || given === "" ? DEFAULT_BASE_URL : given
  return URL.canParse(address)
    ? Effect.succeed(address)
    : Effect.fail(configError(`TINKER_BASE_URL=${address} is not an address. Write it as https://host/path.`))
}

/**
 * `trainer=tinker`: key and address from the environment, the tokenizer from a folder or the hub, and nothing sent before the
 * person has agreed to it for this project.
 */
export const tinkerTrainer = (launch: Launch) =>
  Layer.unwrap(Effect.gen(function*() {
    const { settings } = launch
    if (settings.lora_alpha !== 32) {
      return yield* configError(
        `lora_alpha=${settings.lora_alpha}: a Tinker service fixes it at 32. Leave lora_alpha out.`
      )
    }
    if (settings.model_name === "pocket") {
      return yield* configError(
        "trainer=tinker needs a model of the service, as the hub calls it: model_name=Qwen/Qwen3-8B"
      )
    }
    const key = yield* Config.option(Config.NonEmptyString("TINKER_API_KEY"))
    if (Option.isNone(key)) return yield* configError(NO_KEY)
    const options = yield* optionsConfig
    const baseUrl = yield* baseUrlOf(options.baseUrl)
    const { host } = new URL(baseUrl)
    const places = yield* gpuPlaces()
    const report = (message: string) => Console.error(`continualcode: ${message}`)
    const { path: folder } = yield* resolveFolder(settings.tokenizer ?? settings.model_name, {
      ...places,
      parts: "tokenizer",
      report
    })
    const files = yield* loadTokenizerFiles(folder)
    yield* consent(launch, host)
    // The hosted service orders requests by their numbers; of other servers that is not known, and one of them takes a question
    // to older weights for a wish to train those.
    const hosted = baseUrl.startsWith(DEFAULT_BASE_URL)
    const submission = hosted ? "overlapped" as const : "turns" as const
    // Until the screen is there nothing else would say why it is not.
    let opening = true
    let toldAt = -Infinity
    const onProgress: Observer = (progress) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        if (!opening || progress._tag !== "Retrying" || now - toldAt < TELL_EVERY) return
        toldAt = now
        const answer = progress.status === undefined ? "does not answer" : "cannot serve yet"
        yield* report(`${host} ${answer} (${progress.reason}); trying again. Ctrl+C ends it.`)
      })
    const client = yield* TinkerClient.make({
      submission,
      ...options,
      onProgress,
      tags: [...options.tags ?? [], "continualcode"]
    })
    opening = false
    return tinker({
      client,
      baseUrl,
      modelName: settings.model_name,
      ...files,
      ...(settings.context_length === undefined ? {} : {
        contextLength: Math.min(settings.context_length, files.contextLength ?? Infinity)
      }),
      lora: { rank: settings.lora_rank },
      seed: settings.seed,
      training: settings.enable_training,
      topK: Math.min(settings.top_k, 20),
      overlaps: hosted,
      estimator: settings.estimator === "sampled" ? "sampled" : "auto",
      keepDays: settings.tinker_keep_days === 0 ? Infinity : settings.tinker_keep_days,
      keepEvery: settings.save_every,
      ...pricesOf(settings)
    })
  })).pipe(Layer.provide(FetchHttpClient.layer))
