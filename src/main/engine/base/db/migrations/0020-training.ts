/**
 * Jobs can be paused and keep their place in the queue; runs get notes, tags, an archive, sweeps and what they were
 * made of; curves of other programs stand beside them. Results become append-only, and predictions get years.
 */
export const migration0020 = {
  version: 20,
  name: 'training',
  sql: `
-- SQLite cannot change a CHECK: the table is made anew under the same name, which references go on meaning.
CREATE TABLE job_with_queue (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'paused', 'interrupted')),
  phase TEXT,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER,
  message TEXT,
  error TEXT,
  result TEXT,
  -- Place in the queue, smallest first; kept while interrupted, so that the queue can go on in its order.
  position INTEGER,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT
) STRICT;
INSERT INTO job_with_queue
  (id, kind, title, input, state, phase, done, total, message, error, result, created_at, started_at, finished_at)
  SELECT id, kind, title, input, state, phase, done, total, message, error, result, created_at, started_at, finished_at
  FROM job;
DROP TABLE job;
ALTER TABLE job_with_queue RENAME TO job;
CREATE INDEX job_by_state ON job (state);
CREATE INDEX job_by_position ON job (position) WHERE position IS NOT NULL;

CREATE TABLE sweep (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

ALTER TABLE run ADD COLUMN user_notes TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE run ADD COLUMN archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1));
ALTER TABLE run ADD COLUMN sweep_id INTEGER REFERENCES sweep (id);
-- Counts and hashes of the images as used; null in runs made before they were kept.
ALTER TABLE run ADD COLUMN data TEXT;
ALTER TABLE run ADD COLUMN code_version TEXT;
CREATE INDEX run_by_sweep ON run (sweep_id) WHERE sweep_id IS NOT NULL;

CREATE TABLE imported_curves (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  -- The file or folder they were read from.
  source TEXT NOT NULL,
  source_sha256 TEXT NOT NULL,
  notes TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE imported_curve (
  curves_id INTEGER NOT NULL REFERENCES imported_curves (id),
  tag TEXT NOT NULL,
  -- Pairs of step and value, 64-bit floats in little-endian order.
  points BLOB NOT NULL,
  PRIMARY KEY (curves_id, tag)
) STRICT, WITHOUT ROWID;

-- The age in years, of models that predict it.
ALTER TABLE prediction ADD COLUMN years REAL;

CREATE TRIGGER evaluation_no_update BEFORE UPDATE ON evaluation
BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END;
CREATE TRIGGER evaluation_no_delete BEFORE DELETE ON evaluation
BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END;
CREATE TRIGGER prediction_no_update BEFORE UPDATE ON prediction
BEGIN SELECT RAISE(ABORT, 'prediction is append-only'); END;
CREATE TRIGGER prediction_no_delete BEFORE DELETE ON prediction
BEGIN SELECT RAISE(ABORT, 'prediction is append-only'); END;
CREATE TRIGGER model_export_no_update BEFORE UPDATE ON model_export
BEGIN SELECT RAISE(ABORT, 'model_export is append-only'); END;
CREATE TRIGGER model_export_no_delete BEFORE DELETE ON model_export
BEGIN SELECT RAISE(ABORT, 'model_export is append-only'); END;
`,
} as const
