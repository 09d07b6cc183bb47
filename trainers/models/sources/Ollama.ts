import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { BackendError } from "../../../core/LoraBackend.ts"

/*
 * Ollama keeps what it pulled as `manifests/HOST/NAMESPACE/NAME/TAG`, which lists layers by digest, and the layers as
 * `blobs/sha256-HEX`; one layer is the GGUF file.
 */

const MODEL_LAYER = "application/vnd.ollama.image.model"

const Manifest = Schema.fromJsonString(Schema.Struct({
  layers: Schema.Array(Schema.Struct({
    mediaType: Schema.String,
    digest: Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/))
  }))
}))
const decodeManifest = Schema.decodeUnknownOption(Manifest)

const PART = /^[\w][\w.-]*$/

/** The manifest's path below `manifests` of a name as Ollama's commands take it: `NAME`, `NAME:TAG`, `USER/NAME:TAG`, … */
export const manifestPath = (name: string): string | undefined => {
  const [path = "", tag = "latest", ...rest] = name.split(":")
  const parts = path.split("/")
  if (rest.length > 0 || parts.length > 3 || ![...parts, tag].every((part) => PART.test(part))) return undefined
  const host = parts.length === 3 ? [] : ["registry.ollama.ai"]
  return join(...host, ...(parts.length === 1 ? ["library"] : []), ...parts, tag)
}

/** How `ollama list` calls the model of a manifest, whose path is below `manifests`. */
const nameOf = (path: string): string | undefined => {
  const parts = path.split(/[\\/]/)
  const tag = parts.pop()
  const [host, namespace, ...name] = parts
  if (tag === undefined || name.length !== 1) return undefined
  const shown = host !== "registry.ollama.ai" ? parts : namespace === "library" ? name : [namespace, ...name]
  return `${shown.join("/")}:${tag}`
}

/** The GGUF file that a manifest names, if both are there. */
const blobOf = Effect.fnUntraced(function*(directory: string, manifest: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files.readFileString(join(directory, "manifests", manifest)).pipe(Effect.orElseSucceed(() => ""))
  const decoded = decodeManifest(text)
  const layer = decoded._tag === "None"
    ? undefined
    : decoded.value.layers.find(({ mediaType }) => mediaType === MODEL_LAYER)
  if (layer === undefined) return undefined
  const blob = join(directory, "blobs", layer.digest.replace(":", "-"))
  return (yield* files.exists(blob).pipe(Effect.orElseSucceed(() => false))) ? blob : undefined
})

/** What Ollama has, by the names that it uses. */
export const ollamaModels = Effect.fnUntraced(function*(directory: string) {
  const files = yield* FileSystem.FileSystem
  const manifests = yield* files.readDirectory(join(directory, "manifests"), { recursive: true }).pipe(
    Effect.orElseSucceed((): ReadonlyArray<string> => [])
  )
  const found: Array<{ readonly name: string; readonly path: string }> = []
  for (const manifest of manifests.toSorted()) {
    const name = nameOf(manifest)
    const path = name === undefined ? undefined : yield* blobOf(directory, manifest)
    if (name !== undefined && path !== undefined) found.push({ name, path })
  }
  return found
})

/** The GGUF file of a model that Ollama has. Fails with `ModelFiles` and with what there is. */
export const ollamaModel = Effect.fnUntraced(function*(
  directory: string,
  name: string
): Effect.fn.Return<string, BackendError, FileSystem.FileSystem> {
  const manifest = manifestPath(name)
  const path = manifest === undefined ? undefined : yield* blobOf(directory, manifest)
  if (path !== undefined) return path
  const there = (yield* ollamaModels(directory)).map((model) => model.name)
  return yield* new BackendError({
    reason: "ModelFiles",
    message: `Ollama has no model ${name} in ${directory}${
      there.length === 0 ? "" : `; it has ${there.join(", ")}`
    }. Get it with \`ollama pull ${name}\`, or choose another model.`
  })
})
