import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { FeedbackStoreError } from "../../core/FeedbackStore.ts"
import { messageOf } from "../../core/MessageOf.ts"
import { MIGRATIONS } from "./Migrations.ts"
import { diagnose } from "./Remedies.ts"
import { makeStateFolder } from "./StateFolder.ts"

const failed = (what: string, cause: unknown): FeedbackStoreError => {
  const told = messageOf(cause)
  const { advice, reason } = diagnose(told)
  return new FeedbackStoreError({
    reason,
    message: `${what}: ${told}.${advice === undefined ? "" : ` ${advice}`}`,
    cause
  })
}

/** Runs a synchronous piece of SQLite work; what it throws becomes a `FeedbackStoreError`. */
export const attempt = <A>(what: string, work: () => A): Effect.Effect<A, FeedbackStoreError> =>
  Effect.try({ try: work, catch: (cause) => failed(what, cause) })

/** Runs `work` in one transaction: all of it is in the file afterwards, or nothing. */
export const inTransaction = <A>(database: DatabaseSync, work: () => A): A => {
  database.exec("BEGIN IMMEDIATE")
  try {
    const result = work()
    database.exec("COMMIT")
    return result
  } catch (cause) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw cause
  }
}

const holderOf = (directory: string): string => {
  try {
    return ` (process ${readFileSync(join(directory, "holder"), "utf8").trim()})`
  } catch {
    return ""
  }
}

/**
 * Takes the state folder for this process. The lock is an exclusive SQLite transaction that stays open, so that the operating
 * system releases it however the process ends. The `holder` file only serves the message.
 */
const hold = Effect.fnUntraced(function*(directory: string) {
  const lock = yield* Effect.acquireRelease(
    attempt(`The folder ${directory} cannot be used for the ledger`, () => {
      makeStateFolder(directory)
      return new DatabaseSync(join(directory, "lock.sqlite"), { timeout: 0 })
    }),
    (database) => Effect.sync(() => database.close())
  )
  yield* Effect.try({
    try: () => lock.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE"),
    catch: (cause) =>
      /locked|busy/i.test(messageOf(cause))
        ? new FeedbackStoreError({
          reason: "Busy",
          message: `Another continualcode${holderOf(directory)} works with the state folder ${directory}. `
            + "Close it, or give this one a folder of its own: state_dir=PATH.",
          cause
        })
        : failed(`The folder ${directory} cannot be locked`, cause)
  })
  yield* attempt(
    "The holder file cannot be written",
    () => writeFileSync(join(directory, "holder"), `${process.pid}\n`)
  )
})

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0)

const migrate = (database: DatabaseSync): void => {
  const version = versionOf(database)
  if (version > MIGRATIONS.length) {
    throw new Error(
      `it was written by a newer continualcode (version ${version} of its tables, this one knows ${MIGRATIONS.length}); `
        + "update continualcode or use another state_dir"
    )
  }
  MIGRATIONS.slice(version).forEach((sql, index) =>
    inTransaction(database, () => database.exec(`${sql}; PRAGMA user_version = ${version + index + 1}`))
  )
}

/**
 * Opens a ledger only to read it, beside whoever works with it. `None` when there is none, or it must first be brought up to
 * date by somebody who has it alone.
 */
export const openToRead = Effect.fnUntraced(function*(directory: string) {
  const file = join(directory, "ledger.sqlite")
  if (!existsSync(file)) return Option.none<DatabaseSync>()
  const database = yield* Effect.acquireRelease(
    attempt(`The ledger ${file} cannot be opened`, () => new DatabaseSync(file, { readOnly: true, timeout: 5000 })),
    (opened) => Effect.sync(() => opened.close())
  )
  const version = yield* attempt(`The ledger ${file} cannot be read`, () => versionOf(database))
  return version === MIGRATIONS.length ? Option.some(database) : Option.none()
})

/**
 * Opens `ledger.sqlite` in the folder, alone. Write-ahead log with `synchronous = FULL`: a commit is on the disk when it
 * returns, also through a power cut; there are only a few commits per verdict.
 */
export const openDatabase: (
  directory: string
) => Effect.Effect<DatabaseSync, FeedbackStoreError, Scope> = Effect.fnUntraced(function*(directory) {
  yield* hold(directory)
  const file = join(directory, "ledger.sqlite")
  const database = yield* Effect.acquireRelease(
    attempt(`The ledger ${file} cannot be opened`, () => new DatabaseSync(file, { timeout: 5000 })),
    (opened) => Effect.sync(() => opened.close())
  )
  yield* attempt(`The ledger ${file} cannot be opened`, () => {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
    migrate(database)
  })
  return database
})
