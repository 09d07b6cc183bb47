/**
 * Forward-only changes of the ledger's tables; the index + 1 is the version. Rows are only ever added: triggers refuse to
 * change or remove them, with one exception, a row that says what a forgotten lesson said may become its tombstone. Old
 * snapshots and old approved turns are no history and go.
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
  `,
  `
  DROP TRIGGER lessons_fixed;
  DROP TRIGGER outcomes_fixed;
  DROP TRIGGER events_fixed;

  ALTER TABLE outcomes ADD COLUMN shape TEXT;
  ALTER TABLE outcomes ADD COLUMN trained_with TEXT;
  -- Lessons whose snapshot is gone belong to the adapter that the next one left (or the last one, where there is no next).
  UPDATE outcomes SET shape = COALESCE(
    (SELECT s.shape FROM lessons l JOIN lessons later ON later.model_identity = l.model_identity
       AND later.number >= l.number JOIN snapshots s ON s.lesson_id = later.id
     WHERE l.id = outcomes.lesson_id ORDER BY later.number LIMIT 1),
    (SELECT s.shape FROM lessons l JOIN lessons before ON before.model_identity = l.model_identity
       AND before.number < l.number JOIN snapshots s ON s.lesson_id = before.id
     WHERE l.id = outcomes.lesson_id ORDER BY before.number DESC LIMIT 1)
  );

  CREATE TABLE origins (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    model_identity TEXT NOT NULL,
    shape TEXT NOT NULL,
    tag TEXT NOT NULL,
    seed INTEGER,
    source TEXT,
    revision INTEGER,
    sha256 TEXT,
    bytes BLOB
  ) STRICT;
  CREATE INDEX origins_by_adapter ON origins (model_identity, shape, number);

  -- What learning a lesson anew did, for undo and replay; the newest row of a lesson counts.
  CREATE TABLE relearned (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL REFERENCES events (id),
    lesson_id TEXT NOT NULL REFERENCES lessons (id),
    tag TEXT NOT NULL,
    revision INTEGER,
    shape TEXT NOT NULL,
    trained_with TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX relearned_by_lesson ON relearned (lesson_id, number);

  CREATE TABLE undone (
    lesson_id TEXT PRIMARY KEY REFERENCES lessons (id),
    event INTEGER NOT NULL REFERENCES events (id)
  ) STRICT;
  CREATE TABLE forgotten (
    lesson_id TEXT PRIMARY KEY REFERENCES undone (lesson_id),
    event INTEGER NOT NULL REFERENCES events (id)
  ) STRICT;

  CREATE VIEW lesson_states AS
    SELECT lessons.*,
      COALESCE(newest.tag, outcomes.tag) AS tag,
      COALESCE(newest.revision, outcomes.revision) AS revision,
      COALESCE(newest.shape, outcomes.shape) AS shape,
      COALESCE(newest.trained_with, outcomes.trained_with) AS trained_with,
      COALESCE(newest.body, outcomes.body) AS outcome,
      undone.lesson_id IS NOT NULL AS is_undone,
      forgotten.lesson_id IS NOT NULL AS is_forgotten
    FROM lessons
      JOIN outcomes ON outcomes.lesson_id = lessons.id
      LEFT JOIN relearned AS newest ON newest.number =
        (SELECT max(number) FROM relearned WHERE relearned.lesson_id = lessons.id)
      LEFT JOIN undone ON undone.lesson_id = lessons.id
      LEFT JOIN forgotten ON forgotten.lesson_id = lessons.id;

  CREATE TRIGGER origins_kept BEFORE DELETE ON origins BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER origins_fixed BEFORE UPDATE ON origins BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER relearned_kept BEFORE DELETE ON relearned BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER undone_kept BEFORE DELETE ON undone BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER undone_fixed BEFORE UPDATE ON undone BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER forgotten_kept BEFORE DELETE ON forgotten BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER forgotten_fixed BEFORE UPDATE ON forgotten BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

  CREATE TRIGGER lessons_fixed BEFORE UPDATE ON lessons
    WHEN NOT (NEW.number = OLD.number AND NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.session = OLD.session
      AND NEW.kind = OLD.kind AND NEW.model_identity = OLD.model_identity
      AND NEW.body = json_object('forgotten', OLD.id)
      AND EXISTS (SELECT 1 FROM forgotten WHERE lesson_id = OLD.id))
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER outcomes_fixed BEFORE UPDATE ON outcomes
    WHEN NOT (NEW.lesson_id = OLD.lesson_id AND NEW.tag = OLD.tag AND NEW.revision IS OLD.revision
      AND NEW.shape IS OLD.shape AND NEW.trained_with IS OLD.trained_with
      AND NEW.body = json_object('forgotten', OLD.lesson_id)
      AND EXISTS (SELECT 1 FROM forgotten WHERE lesson_id = OLD.lesson_id))
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER relearned_fixed BEFORE UPDATE ON relearned
    WHEN NOT (NEW.number = OLD.number AND NEW.event = OLD.event AND NEW.lesson_id = OLD.lesson_id AND NEW.tag = OLD.tag
      AND NEW.revision IS OLD.revision AND NEW.shape = OLD.shape AND NEW.trained_with = OLD.trained_with
      AND NEW.body = json_object('forgotten', OLD.lesson_id)
      AND EXISTS (SELECT 1 FROM forgotten WHERE lesson_id = OLD.lesson_id))
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER events_fixed BEFORE UPDATE ON events
    WHEN NOT (NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.session = OLD.session AND NEW.tag = OLD.tag
      AND EXISTS (SELECT 1 FROM forgotten JOIN lessons ON lessons.id = forgotten.lesson_id
        WHERE NEW.body = json_object('forgotten', lessons.id)
          AND (lessons.session = OLD.session OR instr(OLD.body, lessons.id) > 0)))
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  `,
  `
  CREATE INDEX events_by_session ON events (session, id);
  `
]
