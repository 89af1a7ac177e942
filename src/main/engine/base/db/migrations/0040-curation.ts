/**
 * What a scan works out about images, and the scores of its checks. None of it is history: a later scan replaces it, and
 * each row names the pixels that it speaks of so that only new or changed images are worked on again.
 */
export const migration0040 = {
  version: 40,
  name: 'curation',
  sql: `
CREATE TABLE image_measure (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  pixel_sha256 TEXT NOT NULL,
  version INTEGER NOT NULL,
  -- 64 bits, of which SQLite shows the first as a sign; null where the file could not be read.
  phash INTEGER,
  -- Grey levels of 16 x 16 pixels: what near duplicates are compared by.
  grey BLOB,
  measures TEXT,
  -- Why the file could not be read.
  problem TEXT
) STRICT;

CREATE TABLE image_faces (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  pixel_sha256 TEXT NOT NULL,
  -- Which detector, with the hash of its file where it is the user's own.
  detector TEXT NOT NULL,
  version INTEGER NOT NULL,
  faces TEXT NOT NULL
) STRICT;

CREATE TABLE embedding_space (
  id INTEGER PRIMARY KEY,
  -- 'face-128', or 'model-7' for the backbone of model 7.
  name TEXT NOT NULL UNIQUE,
  model_id INTEGER REFERENCES model (id),
  dimensions INTEGER NOT NULL CHECK (dimensions > 0),
  version INTEGER NOT NULL,
  -- SHA-256 of the weights that made it.
  source_sha256 TEXT NOT NULL,
  -- Grows with every change of its vectors, so that what was made of them is known to be old.
  revision INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE embedding (
  space_id INTEGER NOT NULL REFERENCES embedding_space (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  pixel_sha256 TEXT NOT NULL,
  -- Little-endian float32, one for each dimension; null where the image has none, as without a face.
  vector BLOB,
  PRIMARY KEY (space_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE map_point (
  space_id INTEGER NOT NULL REFERENCES embedding_space (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  x REAL NOT NULL,
  y REAL NOT NULL,
  PRIMARY KEY (space_id, image_id)
) STRICT, WITHOUT ROWID;

-- How each check was last run. Checks stand by their code.
CREATE TABLE check_run (
  check_id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  params TEXT NOT NULL,
  images INTEGER NOT NULL,
  -- The newest image when it finished: later ones have not been checked.
  newest_image_id INTEGER NOT NULL,
  -- Grows whenever flags have changed: after a run, and with every new cut.
  revision INTEGER NOT NULL DEFAULT 0,
  -- Why it could not be run when it was last asked for.
  unavailable TEXT,
  job_id INTEGER REFERENCES job (id),
  -- Null until it has been run to its end.
  finished_at TEXT
) STRICT;

-- What the user chose in place of the check's default.
CREATE TABLE check_setting (
  check_id INTEGER PRIMARY KEY,
  cut REAL NOT NULL
) STRICT;

CREATE TABLE check_score (
  check_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  -- In [0, 1], low is bad.
  score REAL NOT NULL,
  is_flagged INTEGER NOT NULL CHECK (is_flagged IN (0, 1)),
  -- The smallest image id of the group, for checks that speak of groups.
  group_id INTEGER,
  -- What the check found, as its own JSON.
  detail TEXT,
  PRIMARY KEY (check_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX check_score_by_score ON check_score (check_id, score, image_id);
CREATE INDEX check_score_flagged ON check_score (check_id, score, image_id) WHERE is_flagged = 1;
CREATE INDEX check_score_by_image ON check_score (image_id, check_id) WHERE is_flagged = 1;
CREATE INDEX check_score_by_group ON check_score (check_id, group_id) WHERE group_id IS NOT NULL;

-- Findings about the whole set, as which image property gives a label away.
CREATE TABLE scan_report (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  result TEXT NOT NULL,
  made_at TEXT NOT NULL
) STRICT;
`,
} as const
