import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import { join } from "node:path"
import type { LocalBackend } from "../Families.ts"
import { readFolderHead } from "../folder/ModelFolder.ts"
import { readGgufHead } from "../gguf/GgufModel.ts"
import { missingFiles } from "../hub/HubCache.ts"
import { parameterCount } from "../ModelConfig.ts"
import type { Places } from "../Places.ts"
import { tensorBytes } from "../StoredTensor.ts"
import { ollamaModels } from "./Ollama.ts"

interface Place {
  /** What `model_name=` takes. */
  readonly name: string
  readonly source: "hub" | "ollama" | "lmstudio"
  readonly path: string
  readonly kind: "folder" | "gguf"
}

/** A model that is on this machine. */
export interface FoundModel extends Place {
  /** Absent for what cannot be used; `problem` says why. */
  readonly model?: {
    readonly family: string
    readonly parameters: number
    /** Bytes of the weights in their files. */
    readonly bytes: number
    /** Trainers that can run it from these files. */
    readonly trainers: ReadonlyArray<LocalBackend>
  }
  readonly problem?: string
}

/** Names below a folder, with slashes; none where there is no such folder. */
const namesIn = Effect.fnUntraced(function*(folder: string, recursive: boolean) {
  const files = yield* FileSystem.FileSystem
  const names = yield* files.readDirectory(folder, { recursive }).pipe(
    Effect.orElseSucceed((): ReadonlyArray<string> => [])
  )
  return names.map((name) => name.replaceAll("\\", "/")).toSorted()
})

/** Models, and not the image encoders that lie beside some. */
const isGguf = (name: string): boolean => /\.gguf$/i.test(name) && !/(^|\/)mmproj/i.test(name)

/** The hub's cache: whole folders and GGUF files, of the commit that `main` was last fetched at. */
const inHub = Effect.fnUntraced(function*(hubDirectory: string) {
  const files = yield* FileSystem.FileSystem
  const found: Array<Place> = []
  for (const folder of yield* namesIn(hubDirectory, false)) {
    const id = /^models--(.+)$/.exec(folder)?.[1]?.replace("--", "/")
    const ref = yield* files.readFileString(join(hubDirectory, folder, "refs", "main")).pipe(
      Effect.orElseSucceed(() => "")
    )
    if (id === undefined || !/^[0-9a-f]{40}$/.test(ref.trim())) continue
    const snapshot = join(hubDirectory, folder, "snapshots", ref.trim())
    const names = yield* namesIn(snapshot, true)
    if ((yield* missingFiles(snapshot)).length === 0) {
      found.push({ name: id, source: "hub", path: snapshot, kind: "folder" })
    }
    for (const name of names.filter(isGguf)) {
      found.push({ name: `${id}/${name}`, source: "hub", path: join(snapshot, name), kind: "gguf" })
    }
  }
  return found
})

const inLmStudio = Effect.fnUntraced(function*(directory: string) {
  return (yield* namesIn(directory, true)).filter(isGguf).map((name): Place => ({
    name,
    source: "lmstudio",
    path: join(directory, name),
    kind: "gguf"
  }))
})

const inOllama = Effect.fnUntraced(function*(directory: string) {
  return (yield* ollamaModels(directory)).map(({ name, path }): Place => ({
    name: `ollama:${name}`,
    source: "ollama",
    path,
    kind: "gguf"
  }))
})

/** What a place holds, going by the files' heads. */
const described = Effect.fnUntraced(function*(place: Place) {
  const head = yield* Effect.result(place.kind === "gguf" ? readGgufHead(place.path) : readFolderHead(place.path))
  if (Result.isFailure(head)) return { ...place, problem: head.failure.message }
  const { config, family, tensors } = head.success
  return {
    ...place,
    model: {
      family: family.title,
      parameters: parameterCount(config),
      bytes: [...tensors.values()].reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
      trainers: family.backends.filter((backend) => place.kind === "folder" || backend === "pocket")
    }
  }
})

/** The models in the hub's cache, of Ollama and of LM Studio. Reads heads of files only; nothing is downloaded. */
export const findModels = Effect.fn("models.findModels")(function*(
  places: Pick<Places, "hubDirectory" | "ollamaDirectory" | "lmStudioDirectory">
): Effect.fn.Return<ReadonlyArray<FoundModel>, never, FileSystem.FileSystem> {
  const found = [
    ...(yield* inHub(places.hubDirectory)),
    ...(yield* inOllama(places.ollamaDirectory)),
    ...(yield* inLmStudio(places.lmStudioDirectory))
  ]
  return yield* Effect.forEach(found, described)
})
