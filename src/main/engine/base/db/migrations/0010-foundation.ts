/**
 * Current labels stand on `image` so that facets are one index scan; where they came from stands in
 * `label_event`, which nothing may change or delete.
 */
export const migration0010 = {
  version: 10,
  name: 'foundation',
  sql: `
CREATE TABLE project (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  uuid TEXT NOT NULL,
  is_synthetic INTEGER NOT NULL DEFAULT 0 CHECK (is_synthetic IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE root (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  is_inside_project INTEGER NOT NULL CHECK (is_inside_project IN (0, 1))
) STRICT;

CREATE TABLE dataset (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  format TEXT NOT NULL,
  root_id INTEGER NOT NULL REFERENCES root (id),
  -- The folder it was imported from, also when the files were copied into the project.
  source TEXT NOT NULL DEFAULT '',
  label_scheme TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE identity (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (id),
  name TEXT NOT NULL,
  UNIQUE (dataset_id, name)
) STRICT;

CREATE TABLE image (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (id),
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  mtime_ms INTEGER NOT NULL,
  file_sha256 TEXT NOT NULL,
  pixel_sha256 TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  format TEXT NOT NULL,
  exif_orientation INTEGER NOT NULL,
  identity_id INTEGER REFERENCES identity (id),
  race TEXT,
  gender TEXT,
  age_years REAL,
  age_bin TEXT,
  job_id INTEGER REFERENCES job (id),
  pixels INTEGER NOT NULL GENERATED ALWAYS AS (width * height) VIRTUAL,
  -- Images with a bin alone sort by its first year, unlabelled ones last.
  age_order REAL NOT NULL GENERATED ALWAYS AS (coalesce(age_years, CAST(age_bin AS INTEGER), 1000)) VIRTUAL,
  imported_at TEXT NOT NULL,
  UNIQUE (dataset_id, path)
) STRICT;
CREATE INDEX image_by_file_sha256 ON image (file_sha256);
CREATE INDEX image_by_pixel_sha256 ON image (pixel_sha256);
CREATE INDEX image_by_identity ON image (identity_id) WHERE identity_id IS NOT NULL;
CREATE INDEX image_by_labels ON image (dataset_id, race, gender, age_bin);
-- The labels stand in each order's index so that a filtered page reads no row that it does not show.
CREATE INDEX image_by_age ON image (age_order, id, dataset_id, race, gender, age_bin);
CREATE INDEX image_by_bytes ON image (bytes, id, dataset_id, race, gender, age_bin);
CREATE INDEX image_by_pixels ON image (pixels, id, dataset_id, race, gender, age_bin);
CREATE INDEX image_by_path ON image (path, id, dataset_id, race, gender, age_bin);

CREATE TABLE label_event (
  id INTEGER PRIMARY KEY,
  image_id INTEGER NOT NULL REFERENCES image (id),
  task TEXT NOT NULL CHECK (task IN ('age', 'gender', 'race', 'identity')),
  value TEXT,
  source TEXT NOT NULL CHECK (source IN ('import', 'person')),
  source_file TEXT,
  source_column TEXT,
  actor TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX label_event_by_image ON label_event (image_id);
CREATE TRIGGER label_event_no_update BEFORE UPDATE ON label_event
BEGIN SELECT RAISE(ABORT, 'label_event is append-only'); END;
CREATE TRIGGER label_event_no_delete BEFORE DELETE ON label_event
BEGIN SELECT RAISE(ABORT, 'label_event is append-only'); END;

CREATE TABLE import_issue (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (id),
  kind TEXT NOT NULL CHECK (kind IN ('skipped', 'repaired')),
  file TEXT NOT NULL,
  field TEXT NOT NULL DEFAULT '',
  reason TEXT,
  from_value TEXT,
  to_value TEXT,
  UNIQUE (dataset_id, kind, file, field)
) STRICT;

CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
  phase TEXT,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER,
  message TEXT,
  error TEXT,
  result TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT
) STRICT;
CREATE INDEX job_by_state ON job (state);

-- Members are stored in batches; the split counts, and is sealed, once is_complete is set with the last of them.
CREATE TABLE split (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  seed INTEGER NOT NULL,
  ratios TEXT NOT NULL,
  label_scheme TEXT NOT NULL,
  summary TEXT NOT NULL,
  job_id INTEGER REFERENCES job (id),
  is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;
CREATE TRIGGER split_no_update BEFORE UPDATE ON split WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;
CREATE TRIGGER split_no_delete BEFORE DELETE ON split WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;

-- Labels stand here as they were when the split was made: later relabelling must not change it.
CREATE TABLE split_member (
  split_id INTEGER NOT NULL REFERENCES split (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  group_key TEXT NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('train', 'val', 'test')),
  race TEXT,
  gender TEXT,
  age_bin TEXT,
  age_years REAL,
  PRIMARY KEY (split_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX split_member_by_part ON split_member (split_id, part, image_id);
CREATE INDEX split_member_by_image ON split_member (image_id);
CREATE TRIGGER split_member_no_update BEFORE UPDATE ON split_member
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;
CREATE TRIGGER split_member_no_insert BEFORE INSERT ON split_member
WHEN (SELECT is_complete FROM split WHERE id = NEW.split_id) = 1
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;
CREATE TRIGGER split_member_no_delete BEFORE DELETE ON split_member
WHEN (SELECT is_complete FROM split WHERE id = OLD.split_id) = 1
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  split_id INTEGER NOT NULL REFERENCES split (id),
  split_hash TEXT NOT NULL,
  job_id INTEGER REFERENCES job (id),
  config TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  labels TEXT NOT NULL,
  counts TEXT NOT NULL,
  -- What computed, with its version: "onnxruntime-node 1.30.0".
  engine TEXT NOT NULL,
  device TEXT NOT NULL,
  notes TEXT NOT NULL,
  sanity TEXT,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE run_epoch (
  run_id INTEGER NOT NULL REFERENCES run (id),
  epoch INTEGER NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (run_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_step (
  run_id INTEGER NOT NULL REFERENCES run (id),
  step INTEGER NOT NULL,
  epoch REAL NOT NULL,
  loss REAL NOT NULL,
  PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE model (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  run_id INTEGER REFERENCES run (id),
  arch TEXT NOT NULL,
  input_size INTEGER NOT NULL,
  labels TEXT NOT NULL,
  weights_file TEXT NOT NULL,
  weights_sha256 TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (run_id)
) STRICT;

CREATE TABLE model_export (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES model (id),
  file TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  parity TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX model_export_by_model ON model_export (model_id);

CREATE TABLE evaluation (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES model (id),
  split_id INTEGER NOT NULL REFERENCES split (id),
  split_hash TEXT NOT NULL,
  weights_sha256 TEXT NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('train', 'val', 'test')),
  result TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE prediction (
  evaluation_id INTEGER NOT NULL REFERENCES evaluation (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  task TEXT NOT NULL CHECK (task IN ('age', 'gender', 'race')),
  labelled INTEGER,
  predicted INTEGER NOT NULL,
  probabilities BLOB NOT NULL,
  PRIMARY KEY (evaluation_id, task, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX prediction_by_cell ON prediction (evaluation_id, task, labelled, predicted);
`,
} as const
