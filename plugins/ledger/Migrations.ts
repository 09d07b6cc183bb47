/**
 * Forward-only changes of the ledger's tables; the index + 1 is the version. Rows of events, lessons and outcomes are never
 * changed or removed: triggers refuse it. Only old snapshots and old approved turns go.
 */
export const MIGRATIONS: ReadonlyArray<string> = [
  `
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    session TEXT NOT NULL,
    tag TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_tag ON events (tag);

  CREATE TABLE lessons (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    session TEXT NOT NULL,
    kind TEXT NOT NULL,
    model_identity TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE outcomes (
    lesson_id TEXT PRIMARY KEY REFERENCES lessons (id),
    tag TEXT NOT NULL,
    revision INTEGER,
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE snapshots (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    model_identity TEXT NOT NULL,
    shape TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX snapshots_by_adapter ON snapshots (model_identity, shape, number);

  CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER events_fixed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER lessons_kept BEFORE DELETE ON lessons BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER lessons_fixed BEFORE UPDATE ON lessons BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER outcomes_kept BEFORE DELETE ON outcomes BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER outcomes_fixed BEFORE UPDATE ON outcomes BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  `,
  `
  CREATE TABLE approved_turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    session TEXT NOT NULL,
    model_identity TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX approved_turns_by_model ON approved_turns (model_identity, number);
  CREATE TRIGGER approved_turns_fixed BEFORE UPDATE ON approved_turns
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  `
]
