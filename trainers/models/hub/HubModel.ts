import * as Schema from "effect/Schema"

/** A model on the hub: `owner/name`, `owner/name@revision`, or one GGUF file of it: `owner/name/file.gguf`. */
export interface HubModel {
  /** `owner/name` */
  readonly id: string
  /** A branch, tag or commit. */
  readonly revision: string
  /** A GGUF file in it, where that is the model. */
  readonly file?: string
}

const NAME = /^(?!\.)([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:\/([\w][\w./-]*\.gguf))?(?:@([\w][\w./-]*))?$/i

/** Reads a hub name; undefined for anything else, paths with more than one slash that lead to no GGUF file included. */
export const parseHubModel = (text: string): HubModel | undefined => {
  const [, id, file, revision] = NAME.exec(text) ?? []
  if (id === undefined || text.includes("..") || text.includes("//")) return undefined
  return { id, revision: revision ?? "main", ...(file === undefined ? {} : { file }) }
}

/** How a person writes it. */
export const hubName = ({ file, id, revision }: HubModel): string =>
  `${id}${file === undefined ? "" : `/${file}`}${revision === "main" ? "" : `@${revision}`}`

/** One file of a model as the hub's API lists it. */
export interface HubFile {
  readonly name: string
  readonly size: number
  /** What its content must hash to, which is also its name among the cache's blobs. */
  readonly hash: { readonly kind: "sha256" | "git"; readonly hex: string }
}

const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
const Sha1 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{40}$/))
/** Names become paths on this machine, so they are checked. */
const FileName = Schema.String.check(
  Schema.makeFilter((name) =>
    !name.startsWith("/") && !/(^|[/\\])\.{1,2}([/\\]|$)|[\\:\0]/.test(name) || "a file name that leaves its folder"
  )
)

/** The part of the hub's answer to `/api/models/ID/revision/REVISION?blobs=true` that is used. */
export const ModelInfo = Schema.Struct({
  sha: Sha1,
  siblings: Schema.Array(Schema.Struct({
    rfilename: FileName,
    size: Schema.optionalKey(Schema.NullOr(Schema.Natural)),
    blobId: Schema.optionalKey(Schema.NullOr(Sha1)),
    lfs: Schema.optionalKey(Schema.NullOr(Schema.Struct({ sha256: Sha256, size: Schema.Natural })))
  }))
})
export type ModelInfo = typeof ModelInfo.Type

const TEXT_FILES: ReadonlySet<string> = new Set([
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "chat_template.jinja"
])
export const INDEX = "model.safetensors.index.json"
export const WEIGHTS = "model.safetensors"

/** Whether a file is one of configuration or tokenizer, which are needed wherever the weights are. */
export const isTextFile = ({ name }: HubFile): boolean => TEXT_FILES.has(name)

const isWanted = (name: string, all: ReadonlySet<string>): boolean =>
  TEXT_FILES.has(name)
  || (all.has(WEIGHTS) ? name === WEIGHTS : name === INDEX || /^model-\d+-of-\d+\.safetensors$/.test(name))

/**
 * The files that are needed: the one that was asked for, or configuration, tokenizer, and the weights whole or in shards. Small
 * ones first.
 */
export const wantedFiles = ({ siblings }: ModelInfo, file?: string): ReadonlyArray<HubFile> => {
  const all = new Set(siblings.map(({ rfilename }) => rfilename))
  return siblings.flatMap(({ blobId, lfs, rfilename, size }): ReadonlyArray<HubFile> => {
    if (file === undefined ? !isWanted(rfilename, all) : rfilename !== file) return []
    if (lfs !== undefined && lfs !== null) {
      return [{ name: rfilename, size: lfs.size, hash: { kind: "sha256", hex: lfs.sha256 } }]
    }
    return blobId === undefined || blobId === null || size === undefined || size === null
      ? []
      : [{ name: rfilename, size, hash: { kind: "git", hex: blobId } }]
  }).toSorted((a, b) => a.size - b.size)
}

const Index = Schema.fromJsonString(Schema.Struct({ weight_map: Schema.Record(Schema.String, FileName) }))
const decodeIndex = Schema.decodeUnknownOption(Index)

/** The weight files that an index names; undefined when it is no index. */
export const shardsOf = (indexText: string): ReadonlyArray<string> | undefined => {
  const index = decodeIndex(indexText)
  return index._tag === "None" ? undefined : [...new Set(Object.values(index.value.weight_map))].toSorted()
}
