import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A search that cannot be made as it was asked for. */
export class FileSearchError extends Schema.TaggedError<FileSearchError>()("FileSearchError", {
  /** `Pattern`: no regular expression that this search understands. `Slow`: one that takes too long. `Broken`: the search itself does not work. */
  reason: Schema.Literals(["Pattern", "Slow", "Broken"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/** Where to search. */
export interface SearchScope {
  /** Real absolute path of the project, or of the folder outside it that is searched. */
  readonly root: string
  /** Real absolute path of the folder or the file that is searched, at or below `root`. */
  readonly base: string
  readonly folder: boolean
  /** Also files that git ignores. Never git's data, dependencies and the agent's state, unless `base` lies in them. */
  readonly ignored: boolean
}

/** Whether a search came to its end, and if not, why: there is more than its limit, or its time was up. */
export type SearchEnd = "complete" | "limit" | "time"

/** Regular files and, where they are asked for, links to files inside `root`; absolute, in no order. */
export interface FoundFiles {
  readonly files: ReadonlyArray<string>
  readonly end: SearchEnd
}

/** A regular expression for one line. */
export interface LinePattern {
  readonly text: string
  /** Taken as plain text. */
  readonly literal: boolean
}

/** A line that matches. Offsets are bytes of the file's text as UTF-8, without its byte order mark. */
export interface FoundLine {
  /** Absolute path. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Where the line begins. */
  readonly offset: number
  /** Where in the line its first match begins. */
  readonly column: number
}

/** Lines that match, files in the order of a tree read from top to bottom, names by their bytes. */
export interface FoundLines {
  readonly lines: ReadonlyArray<FoundLine>
  /** Text files that could not be searched. */
  readonly unread: number
  readonly end: SearchEnd
}

/**
 * Finds files and lines below a folder. What it says is where to look, and not to be shown as it is: a tree may change while it is
 * searched, so that whoever shows a file's name or text opens it by its real path.
 */
export class FileSearch extends Context.Service<FileSearch, {
  /** `links`: also links to files. */
  readonly files: (scope: SearchScope, links: boolean) => Effect.Effect<FoundFiles, FileSearchError>
  /** Lines that match, up to `limit`, in files that `wanted` takes; binary files and links have none. */
  readonly lines: (
    scope: SearchScope,
    pattern: LinePattern,
    wanted: (file: string) => boolean,
    limit: number
  ) => Effect.Effect<FoundLines, FileSearchError>
}>()("continualcode/FileSearch") {}
