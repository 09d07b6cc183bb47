import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { defaultPlaces, type Places } from "../trainers/models/Places.ts"

/** Folder of the bundled model. */
export const pocketModel: string = fileURLToPath(new URL("../trainers/pocket/model", import.meta.url))

const text = (name: string) => Config.option(Config.NonEmptyString(name))
const isOn = (value: Option.Option<string>): boolean => Option.isSome(value) && /^(1|true|yes|on)$/i.test(value.value)

const environment = Config.all({
  cache: text("XDG_CACHE_HOME"),
  hfHome: text("HF_HOME"),
  hfHubCache: text("HF_HUB_CACHE"),
  hfEndpoint: text("HF_ENDPOINT"),
  hfToken: Config.option(Config.Redacted("HF_TOKEN")),
  hfOffline: text("HF_HUB_OFFLINE"),
  ollama: text("OLLAMA_MODELS")
})

/**
 * Where models and the gpu trainer's things lie, as the environment says it: `XDG_CACHE_HOME`, and the hub's own `HF_HOME`,
 * `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN` (or the file `token` that the hub's login leaves) and `HF_HUB_OFFLINE`, and Ollama's
 * `OLLAMA_MODELS`.
 */
export const gpuPlaces = (
  home: string = homedir()
): Effect.Effect<Places, Config.ConfigError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const found = yield* environment
    const defaults = defaultPlaces(home)
    const cache = Option.getOrElse(found.cache, () => join(home, ".cache"))
    const hfHome = Option.getOrElse(found.hfHome, () => join(cache, "huggingface"))
    const stored = yield* files.readFileString(join(hfHome, "token")).pipe(
      Effect.map((token) => token.trim()),
      Effect.orElseSucceed(() => "")
    )
    const token = Option.getOrElse(found.hfToken, () => Redacted.make(stored))
    return {
      cacheDirectory: join(cache, "continualcode"),
      hubDirectory: Option.getOrElse(found.hfHubCache, () => join(hfHome, "hub")),
      hubEndpoint: Option.getOrElse(found.hfEndpoint, () => defaults.hubEndpoint).replace(/\/+$/, ""),
      offline: isOn(found.hfOffline),
      ollamaDirectory: Option.getOrElse(found.ollama, () => defaults.ollamaDirectory),
      lmStudioDirectory: defaults.lmStudioDirectory,
      ...(Redacted.value(token) === "" ? {} : { hubToken: token })
    }
  })
