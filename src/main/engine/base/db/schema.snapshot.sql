CREATE TABLE access_line (
  position INTEGER PRIMARY KEY,
  previous TEXT NOT NULL,
  open TEXT NOT NULL,
  sealed TEXT,
  private TEXT,
  salt TEXT,
  hash TEXT NOT NULL,
  kind TEXT GENERATED ALWAYS AS (json_extract(open, '$.kind')) VIRTUAL,
  actor TEXT GENERATED ALWAYS AS (json_extract(open, '$.actor')) VIRTUAL
) STRICT;

CREATE INDEX access_line_kind ON access_line (kind, position);

CREATE TRIGGER access_line_delete BEFORE DELETE ON access_line
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;

CREATE TRIGGER access_line_update BEFORE UPDATE ON access_line
WHEN NOT (NEW.position IS OLD.position AND NEW.previous IS OLD.previous AND NEW.open IS OLD.open AND NEW.sealed IS OLD.sealed AND NEW.hash IS OLD.hash AND NEW.private IS NULL AND NEW.salt IS NULL)
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;

CREATE TABLE act (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('decide', 'import', 'undo', 'redo')),
  title TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  -- The queue it was made in.
  check_id INTEGER,
  -- What an undo or redo is about.
  origin_act_id INTEGER REFERENCES act (id),
  images INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0,
  is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1)), position INTEGER, previous TEXT, decisions INTEGER, decisions_hash TEXT, hash TEXT,
  CHECK ((kind IN ('undo', 'redo')) = (origin_act_id IS NOT NULL))
) STRICT;

CREATE INDEX act_by_actor ON act (actor, id);

CREATE INDEX act_by_check ON act (check_id, id) WHERE check_id IS NOT NULL;

CREATE INDEX act_by_origin ON act (origin_act_id, id) WHERE origin_act_id IS NOT NULL;

CREATE UNIQUE INDEX act_by_position ON act (position) WHERE position IS NOT NULL;

CREATE INDEX act_unchained ON act (id) WHERE position IS NULL;

CREATE INDEX act_unfinished ON act (id) WHERE is_complete = 0;

CREATE TRIGGER act_no_delete BEFORE DELETE ON act
BEGIN SELECT RAISE(ABORT, 'act is append-only'); END;

CREATE TRIGGER act_no_update BEFORE UPDATE ON act WHEN OLD.is_complete = 1 AND NOT (
  OLD.hash IS NULL AND NEW.hash IS NOT NULL AND NEW.id = OLD.id AND NEW.kind = OLD.kind AND NEW.title = OLD.title
  AND NEW.actor = OLD.actor AND NEW.at = OLD.at AND NEW.check_id IS OLD.check_id
  AND NEW.origin_act_id IS OLD.origin_act_id AND NEW.images = OLD.images AND NEW.conflicts = OLD.conflicts
  AND NEW.is_complete = 1)
BEGIN SELECT RAISE(ABORT, 'act is append-only'); END;

CREATE TABLE baseline (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- Name of the file or folder, without where it lay.
  source TEXT NOT NULL,
  source_sha256 TEXT NOT NULL,
  -- What was counted when it was taken in, and how words were mapped, as JSON; of names of files the number alone.
  record TEXT NOT NULL,
  created_at TEXT NOT NULL,
  -- Of all the columns above.
  sha256 TEXT NOT NULL,
  -- Of the answers that are left, and how many these are: an erasure takes some.
  answers INTEGER NOT NULL,
  answers_sha256 TEXT NOT NULL
) STRICT;

CREATE TRIGGER baseline_no_delete BEFORE DELETE ON baseline
BEGIN SELECT RAISE(ABORT, 'baseline is append-only'); END;

CREATE TRIGGER baseline_no_update BEFORE UPDATE ON baseline
WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE is_complete = 0)
  OR (NEW.id, NEW.name, NEW.kind, NEW.source, NEW.source_sha256, NEW.record, NEW.created_at, NEW.sha256)
    IS NOT (OLD.id, OLD.name, OLD.kind, OLD.source, OLD.source_sha256, OLD.record, OLD.created_at, OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'baseline is append-only'); END;

CREATE TABLE baseline_answer (
  baseline_id INTEGER NOT NULL REFERENCES baseline (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  outcome TEXT NOT NULL CHECK (outcome IN ('answered', 'undetected', 'notAsked')),
  -- In the system's own words.
  race TEXT,
  gender TEXT,
  age TEXT,
  PRIMARY KEY (baseline_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX baseline_answer_by_image ON baseline_answer (image_id);

CREATE TRIGGER baseline_answer_no_delete BEFORE DELETE ON baseline_answer
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'baseline_answer is append-only'); END;

CREATE TRIGGER baseline_answer_no_update BEFORE UPDATE ON baseline_answer
BEGIN SELECT RAISE(ABORT, 'baseline_answer is append-only'); END;

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
, newest_decision_id INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE check_score (
  check_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  -- In [0, 1], low is bad.
  score REAL NOT NULL,
  is_flagged INTEGER NOT NULL CHECK (is_flagged IN (0, 1)),
  -- The smallest image id of the group, for checks that speak of groups.
  group_id INTEGER,
  -- What the check found, as its own JSON.
  detail TEXT, is_decided INTEGER NOT NULL DEFAULT 0 CHECK (is_decided IN (0, 1)),
  PRIMARY KEY (check_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX check_score_by_group ON check_score (check_id, group_id) WHERE group_id IS NOT NULL;

CREATE INDEX check_score_by_image ON check_score (image_id, check_id) WHERE is_flagged = 1;

CREATE INDEX check_score_by_score ON check_score (check_id, score, image_id);

CREATE INDEX check_score_flagged ON check_score (check_id, score, image_id) WHERE is_flagged = 1;

CREATE INDEX check_score_open ON check_score (check_id, score, image_id) WHERE is_flagged = 1 AND is_decided = 0;

CREATE TRIGGER check_score_flag AFTER UPDATE OF is_flagged ON check_score
WHEN NEW.is_flagged = 1 AND OLD.is_flagged = 0
  AND NEW.is_decided <> ((SELECT status FROM image WHERE id = NEW.image_id) = 'removed' OR EXISTS (SELECT 1 FROM review WHERE review.image_id = NEW.image_id AND (review.check_id = NEW.check_id OR (review.check_id = 0 AND NEW.check_id <> 22))))
BEGIN
  UPDATE check_score SET is_decided = 1 - is_decided WHERE check_id = NEW.check_id AND image_id = NEW.image_id;
END;

CREATE TRIGGER check_score_insert AFTER INSERT ON check_score
WHEN NEW.is_flagged = 1 AND ((SELECT status FROM image WHERE id = NEW.image_id) = 'removed' OR EXISTS (SELECT 1 FROM review WHERE review.image_id = NEW.image_id AND (review.check_id = NEW.check_id OR (review.check_id = 0 AND NEW.check_id <> 22))))
BEGIN
  UPDATE check_score SET is_decided = 1 WHERE check_id = NEW.check_id AND image_id = NEW.image_id;
END;

CREATE TABLE check_setting (
  check_id INTEGER PRIMARY KEY,
  cut REAL NOT NULL
) STRICT;

CREATE TABLE crossval (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  split_id INTEGER NOT NULL REFERENCES split (id),
  split_hash TEXT NOT NULL,
  folds INTEGER NOT NULL CHECK (folds BETWEEN 2 AND 20),
  seed INTEGER NOT NULL,
  config TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  labels TEXT NOT NULL,
  images INTEGER NOT NULL,
  notes TEXT NOT NULL,
  job_id INTEGER REFERENCES job (id),
  -- Set with the last member: the folds are sealed from then on.
  fold_hash TEXT,
  -- Set with the last prediction.
  results TEXT,
  created_at TEXT NOT NULL
, predictions_sha256 TEXT) STRICT;

CREATE TABLE crossval_fold (
  crossval_id INTEGER NOT NULL REFERENCES crossval (id),
  fold INTEGER NOT NULL,
  images INTEGER NOT NULL,
  groups INTEGER NOT NULL,
  total_variation REAL NOT NULL,
  finished_at TEXT,
  PRIMARY KEY (crossval_id, fold)
) STRICT, WITHOUT ROWID;

CREATE TABLE crossval_member (
  crossval_id INTEGER NOT NULL REFERENCES crossval (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  fold INTEGER NOT NULL,
  PRIMARY KEY (crossval_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX crossval_member_by_fold ON crossval_member (crossval_id, fold, image_id);

CREATE TRIGGER crossval_member_no_delete BEFORE DELETE ON crossval_member
WHEN (SELECT fold_hash FROM crossval WHERE id = OLD.crossval_id) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'folds are immutable'); END;

CREATE TRIGGER crossval_member_no_insert BEFORE INSERT ON crossval_member
WHEN (SELECT fold_hash FROM crossval WHERE id = NEW.crossval_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'folds are immutable'); END;

CREATE TRIGGER crossval_member_no_update BEFORE UPDATE ON crossval_member
BEGIN SELECT RAISE(ABORT, 'folds are immutable'); END;

CREATE TABLE crossval_prediction (
  crossval_id INTEGER NOT NULL REFERENCES crossval (id),
  task TEXT NOT NULL CHECK (task IN ('age', 'gender', 'race')),
  image_id INTEGER NOT NULL,
  run_id INTEGER NOT NULL REFERENCES run (id),
  labelled INTEGER,
  predicted INTEGER NOT NULL,
  years REAL,
  probabilities BLOB NOT NULL,
  PRIMARY KEY (crossval_id, task, image_id),
  FOREIGN KEY (crossval_id, image_id) REFERENCES crossval_member (crossval_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER crossval_prediction_no_delete BEFORE DELETE ON crossval_prediction
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'crossval_prediction is append-only'); END;

CREATE TRIGGER crossval_prediction_no_update BEFORE UPDATE ON crossval_prediction
BEGIN SELECT RAISE(ABORT, 'crossval_prediction is append-only'); END;

CREATE TRIGGER crossval_prediction_out_of_sample BEFORE INSERT ON crossval_prediction
WHEN NOT EXISTS (
  SELECT 1
  FROM run r JOIN crossval_member m ON m.crossval_id = r.crossval_id AND m.fold = r.fold
  WHERE r.id = NEW.run_id AND m.crossval_id = NEW.crossval_id AND m.image_id = NEW.image_id)
BEGIN SELECT RAISE(ABORT, 'an image is predicted by the run that holds its fold out'); END;

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

CREATE TRIGGER dataset_number AFTER DELETE ON dataset
BEGIN
  INSERT INTO number_given (name, last) VALUES ('dataset', OLD.id)
  ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);
END;

CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  act_id INTEGER NOT NULL REFERENCES act (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  field TEXT NOT NULL CHECK (field IN ('status', 'suspect', 'review', 'race', 'gender', 'age')),
  -- For a review the queue that it closes, 0 for every queue; for the others the queue it was made in.
  check_id INTEGER,
  -- A status, a label, 'yes' where suspect, or how a queue was closed. An age is years or a bin.
  old_value TEXT,
  new_value TEXT,
  reason TEXT,
  note TEXT, salt BLOB, sealed BLOB,
  CHECK (old_value IS NOT new_value)
) STRICT;

CREATE INDEX decision_by_act ON decision (act_id, image_id, id);

CREATE INDEX decision_by_image ON decision (image_id, field, id);

CREATE INDEX decision_restored ON decision (id) WHERE field = 'status' AND old_value = 'removed';

CREATE TRIGGER decision_erased AFTER DELETE ON decision WHEN OLD.sealed IS NOT NULL
BEGIN
  INSERT INTO erased_decision (id, act_id, image, field, check_id, sealed)
  VALUES (OLD.id, OLD.act_id, OLD.image_id, OLD.field, OLD.check_id, OLD.sealed);
END;

CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;

CREATE TRIGGER decision_no_insert BEFORE INSERT ON decision
WHEN (SELECT is_complete FROM act WHERE id = NEW.act_id) = 1
BEGIN SELECT RAISE(ABORT, 'an act is immutable'); END;

CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision WHEN NOT (
  OLD.sealed IS NULL AND NEW.sealed IS NOT NULL AND NEW.id = OLD.id AND NEW.act_id = OLD.act_id
  AND NEW.image_id = OLD.image_id AND NEW.field = OLD.field AND NEW.check_id IS OLD.check_id
  AND NEW.old_value IS OLD.old_value AND NEW.new_value IS OLD.new_value AND NEW.reason IS OLD.reason
  AND NEW.note IS OLD.note)
BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;

CREATE TRIGGER decision_number AFTER DELETE ON decision
BEGIN
  INSERT INTO number_given (name, last) VALUES ('decision', OLD.id)
  ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);
END;

CREATE TRIGGER decision_text_delete AFTER DELETE ON decision WHEN OLD.note IS NOT NULL
BEGIN INSERT INTO decision_text (decision_text, rowid, note) VALUES ('delete', OLD.id, OLD.note); END;

CREATE TRIGGER decision_text_insert AFTER INSERT ON decision WHEN NEW.note IS NOT NULL
BEGIN INSERT INTO decision_text (rowid, note) VALUES (NEW.id, NEW.note); END;

CREATE VIRTUAL TABLE decision_text USING fts5
  (note, content='decision', content_rowid='id', tokenize='unicode61 remove_diacritics 2');

CREATE TABLE 'decision_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'decision_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'decision_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'decision_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE embedding (
  space_id INTEGER NOT NULL REFERENCES embedding_space (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  pixel_sha256 TEXT NOT NULL,
  -- Little-endian float32, one for each dimension; null where the image has none, as without a face.
  vector BLOB,
  PRIMARY KEY (space_id, image_id)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE erased_decision (
  id INTEGER PRIMARY KEY,
  act_id INTEGER NOT NULL REFERENCES act (id),
  image INTEGER NOT NULL,
  field TEXT NOT NULL,
  check_id INTEGER,
  sealed BLOB NOT NULL
) STRICT;

CREATE INDEX erased_decision_by_act ON erased_decision (act_id, id);

CREATE TRIGGER erased_decision_no_delete BEFORE DELETE ON erased_decision
BEGIN SELECT RAISE(ABORT, 'erased_decision is append-only'); END;

CREATE TRIGGER erased_decision_no_update BEFORE UPDATE ON erased_decision
BEGIN SELECT RAISE(ABORT, 'erased_decision is append-only'); END;

CREATE TABLE erased_image (
  image_id INTEGER PRIMARY KEY,
  erasure_id INTEGER NOT NULL REFERENCES erasure (id),
  file_sha256 BLOB NOT NULL CHECK (length(file_sha256) = 32),
  pixel_sha256 BLOB NOT NULL CHECK (length(pixel_sha256) = 32)
) STRICT;

CREATE INDEX erased_image_by_file ON erased_image (file_sha256);

CREATE INDEX erased_image_by_pixels ON erased_image (pixel_sha256);

CREATE TRIGGER erased_image_no_delete BEFORE DELETE ON erased_image
BEGIN SELECT RAISE(ABORT, 'erased_image is append-only'); END;

CREATE TRIGGER erased_image_no_update BEFORE UPDATE ON erased_image
BEGIN SELECT RAISE(ABORT, 'erased_image is append-only'); END;

CREATE TABLE erasing (
  image_id INTEGER PRIMARY KEY REFERENCES erased_image (image_id),
  dataset_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  file TEXT NOT NULL,
  is_inside_project INTEGER NOT NULL CHECK (is_inside_project IN (0, 1)),
  pixel_sha256 TEXT NOT NULL,
  identity_id INTEGER,
  identity TEXT
) STRICT;

CREATE TABLE erasure (
  id INTEGER PRIMARY KEY,
  -- The job that does it, and does it to the end after it was cut off.
  job_id INTEGER NOT NULL UNIQUE REFERENCES job (id),
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  images INTEGER NOT NULL CHECK (images > 0),
  is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1))
) STRICT;

CREATE TRIGGER erasure_no_delete BEFORE DELETE ON erasure
BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END;

CREATE TRIGGER erasure_no_update BEFORE UPDATE ON erasure WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END;

CREATE TABLE erasure_effect (
  erasure_id INTEGER NOT NULL REFERENCES erasure (id),
  kind TEXT NOT NULL CHECK (kind IN ('split', 'snapshot', 'run', 'model', 'validation', 'crossval', 'evaluation')),
  subject_id INTEGER NOT NULL,
  images INTEGER NOT NULL CHECK (images > 0),
  -- The hash that the list had before, which runs and reports made from it still name.
  hash_before TEXT,
  PRIMARY KEY (erasure_id, kind, subject_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX erasure_effect_by_subject ON erasure_effect (kind, subject_id);

CREATE TRIGGER erasure_effect_no_delete BEFORE DELETE ON erasure_effect
BEGIN SELECT RAISE(ABORT, 'erasure_effect is append-only'); END;

CREATE TRIGGER erasure_effect_no_update BEFORE UPDATE ON erasure_effect
BEGIN SELECT RAISE(ABORT, 'erasure_effect is append-only'); END;

CREATE TABLE evaluation (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES model (id),
  split_id INTEGER NOT NULL REFERENCES split (id),
  split_hash TEXT NOT NULL,
  weights_sha256 TEXT NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('train', 'val', 'test')),
  result TEXT NOT NULL,
  created_at TEXT NOT NULL
, sha256 TEXT, predictions_sha256 TEXT, job_id INTEGER REFERENCES job (id), opening INTEGER REFERENCES access_line (position)) STRICT;

CREATE UNIQUE INDEX evaluation_by_job ON evaluation (job_id) WHERE job_id IS NOT NULL;

CREATE TRIGGER evaluation_keeps_its_opening BEFORE UPDATE OF part, opening ON evaluation
WHEN NEW.part IS NOT OLD.part OR NEW.opening IS NOT OLD.opening
BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END;

CREATE TRIGGER evaluation_no_delete BEFORE DELETE ON evaluation
BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END;

CREATE TRIGGER evaluation_no_update BEFORE UPDATE ON evaluation
WHEN NOT EXISTS (
    SELECT 1 FROM erasure_effect JOIN erasure ON erasure.id = erasure_effect.erasure_id
    WHERE erasure.is_complete = 0 AND erasure_effect.kind = 'evaluation' AND erasure_effect.subject_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END;

CREATE TRIGGER evaluation_of_sealed_part BEFORE INSERT ON evaluation
WHEN NEW.part = 'test' AND NOT EXISTS (
    SELECT 1 FROM access_line
    WHERE position = NEW.opening AND kind = 'unsealed'
      AND json_extract(open, '$.subject.model') = NEW.model_id
      AND json_extract(open, '$.subject.split') = NEW.split_id
      AND json_extract(open, '$.subject.splitHash') = NEW.split_hash
      AND json_extract(open, '$.subject.weightsSha256') = NEW.weights_sha256)
BEGIN SELECT RAISE(ABORT, 'the test part is sealed'); END;

CREATE TABLE identity (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (id),
  name TEXT NOT NULL,
  UNIQUE (dataset_id, name)
) STRICT;

CREATE TRIGGER identity_number AFTER DELETE ON identity
BEGIN
  INSERT INTO number_given (name, last) VALUES ('identity', OLD.id)
  ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);
END;

CREATE TRIGGER identity_text_delete AFTER DELETE ON identity
BEGIN INSERT INTO identity_text (identity_text, rowid, name) VALUES ('delete', OLD.id, OLD.name); END;

CREATE TRIGGER identity_text_insert AFTER INSERT ON identity
BEGIN INSERT INTO identity_text (rowid, name) VALUES (NEW.id, NEW.name); END;

CREATE TRIGGER identity_text_update AFTER UPDATE OF name ON identity
BEGIN
  INSERT INTO identity_text (identity_text, rowid, name) VALUES ('delete', OLD.id, OLD.name);
  INSERT INTO identity_text (rowid, name) VALUES (NEW.id, NEW.name);
END;

CREATE TABLE identity_act (
  position INTEGER PRIMARY KEY,
  previous TEXT NOT NULL,
  open TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER identity_act_no_delete BEFORE DELETE ON identity_act
BEGIN SELECT RAISE(ABORT, 'identity_act is append-only'); END;

CREATE TRIGGER identity_act_no_update BEFORE UPDATE ON identity_act
BEGIN SELECT RAISE(ABORT, 'identity_act is append-only'); END;

CREATE TABLE identity_act_image (
  image_id INTEGER NOT NULL REFERENCES image (id),
  position INTEGER NOT NULL REFERENCES identity_act (position),
  PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE identity_cluster (
  run_id INTEGER NOT NULL REFERENCES identity_run (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  cluster_id INTEGER NOT NULL,
  PRIMARY KEY (run_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_cluster_by_cluster ON identity_cluster (run_id, cluster_id, image_id);

CREATE TABLE identity_proposal (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES identity_run (id),
  kind TEXT NOT NULL CHECK (kind IN ('merge', 'split')),
  image_id INTEGER NOT NULL REFERENCES image (id),
  other_id INTEGER NOT NULL REFERENCES image (id),
  -- Euclidean, root of the mean square between the two groups.
  distance REAL NOT NULL,
  -- In [0, 1], 1 where either answer is as likely.
  doubt REAL NOT NULL,
  -- Of its images alone, as JSON: the nearest pair, sizes, what makes it doubtful.
  evidence TEXT NOT NULL
) STRICT;

CREATE INDEX identity_proposal_by_doubt ON identity_proposal (run_id, doubt DESC, id);

CREATE TABLE identity_run (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job (id),
  -- What was compared, as JSON: the space and its revision, the threshold with where it comes from, error rates with intervals.
  facts TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE identity_text USING fts5
  (name, content='identity', content_rowid='id', tokenize='unicode61 remove_diacritics 2');

CREATE TABLE 'identity_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'identity_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'identity_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'identity_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

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
  imported_at TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'undecided' CHECK (status IN ('undecided', 'kept', 'removed')), is_identity_suspect INTEGER NOT NULL DEFAULT 0 CHECK (is_identity_suspect IN (0, 1)), revision INTEGER NOT NULL DEFAULT 0,
  UNIQUE (dataset_id, path)
) STRICT;

CREATE INDEX image_by_age ON image (age_order);

CREATE INDEX image_by_bytes ON image (bytes);

CREATE INDEX image_by_dataset ON image (dataset_id);

CREATE INDEX image_by_file_sha256 ON image (file_sha256);

CREATE INDEX image_by_identity ON image (identity_id) WHERE identity_id IS NOT NULL;

CREATE INDEX image_by_imported ON image (imported_at, id);

CREATE INDEX image_by_job ON image (job_id, dataset_id, imported_at) WHERE job_id IS NOT NULL;

CREATE INDEX image_by_path ON image (path);

CREATE INDEX image_by_pixel_sha256 ON image (pixel_sha256);

CREATE INDEX image_by_pixels ON image (pixels);

CREATE INDEX image_decided ON image (status, id) WHERE status <> 'undecided';

CREATE INDEX image_unlabelled ON image (dataset_id) WHERE race IS NULL AND gender IS NULL AND age_bin IS NULL;

CREATE TRIGGER image_number AFTER DELETE ON image
BEGIN
  INSERT INTO number_given (name, last) VALUES ('image', OLD.id)
  ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);
END;

CREATE TRIGGER image_status AFTER UPDATE OF status ON image
WHEN (OLD.status = 'removed') <> (NEW.status = 'removed')
BEGIN
  UPDATE check_score SET is_decided = NEW.status = 'removed' OR EXISTS (SELECT 1 FROM review WHERE review.image_id = NEW.id AND (review.check_id = check_score.check_id OR (review.check_id = 0 AND check_score.check_id <> 22)))
  WHERE image_id = NEW.id AND is_flagged = 1;
END;

CREATE TRIGGER image_text_delete AFTER DELETE ON image
BEGIN INSERT INTO image_text (image_text, rowid, path) VALUES ('delete', OLD.id, OLD.path); END;

CREATE TRIGGER image_text_insert AFTER INSERT ON image
BEGIN INSERT INTO image_text (rowid, path) VALUES (NEW.id, NEW.path); END;

CREATE TRIGGER image_text_update AFTER UPDATE OF path ON image
BEGIN
  INSERT INTO image_text (image_text, rowid, path) VALUES ('delete', OLD.id, OLD.path);
  INSERT INTO image_text (rowid, path) VALUES (NEW.id, NEW.path);
END;

CREATE TABLE image_faces (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  pixel_sha256 TEXT NOT NULL,
  -- Which detector, with the hash of its file where it is the user's own.
  detector TEXT NOT NULL,
  version INTEGER NOT NULL,
  faces TEXT NOT NULL
) STRICT;

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

CREATE TABLE image_person (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  -- A number without meaning of its own: the smallest image number that the person had when it was made.
  person_id INTEGER NOT NULL
) STRICT;

CREATE INDEX image_person_by_person ON image_person (person_id, image_id);

CREATE TABLE image_portrait (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  pixel_sha256 TEXT NOT NULL,
  -- What had found the faces that were measured.
  detector TEXT NOT NULL,
  faces_version INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- Skin and quality of the main face, and the background, as JSON.
  measures TEXT,
  -- Why the file could not be read.
  problem TEXT
) STRICT;

CREATE VIRTUAL TABLE image_text USING fts5
  (path, content='image', content_rowid='id', tokenize='unicode61 remove_diacritics 2');

CREATE TABLE 'image_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'image_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'image_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'image_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE import_issue (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset (id),
  kind TEXT NOT NULL CHECK (kind IN ('skipped', 'repaired')),
  file TEXT NOT NULL,
  field TEXT NOT NULL DEFAULT '',
  reason TEXT,
  from_value TEXT,
  to_value TEXT, job_id INTEGER REFERENCES job (id),
  UNIQUE (dataset_id, kind, file, field)
) STRICT;

CREATE TABLE import_relink (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job (id),
  dataset_id INTEGER NOT NULL REFERENCES dataset (id),
  source TEXT NOT NULL,
  source_before TEXT NOT NULL,
  -- Where the files lay, as root has it.
  root_path_before TEXT NOT NULL,
  is_inside_project_before INTEGER NOT NULL CHECK (is_inside_project_before IN (0, 1)),
  -- What took the import back; null while the link stands.
  undo_id INTEGER REFERENCES import_undo (id),
  -- Whether the data set is linked to the folder before again; null where a later import has linked it elsewhere.
  is_restored INTEGER CHECK (is_restored IN (0, 1))
) STRICT;

CREATE INDEX import_relink_by_dataset ON import_relink (dataset_id, id);

CREATE TRIGGER import_relink_no_update BEFORE UPDATE ON import_relink WHEN OLD.undo_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'import_relink is append-only'); END;

CREATE TABLE import_undo (
  id INTEGER PRIMARY KEY,
  -- The job that does it, and does it to the end after it was cut off.
  job_id INTEGER NOT NULL UNIQUE REFERENCES job (id),
  import_job_id INTEGER NOT NULL REFERENCES job (id),
  -- Its number and name stay on record when the data set goes.
  dataset INTEGER NOT NULL,
  dataset_name TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  images INTEGER NOT NULL,
  -- Given to images of earlier imports.
  labels INTEGER NOT NULL,
  is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1))
) STRICT;

CREATE TRIGGER import_undo_no_delete BEFORE DELETE ON import_undo
BEGIN SELECT RAISE(ABORT, 'import_undo is append-only'); END;

CREATE TRIGGER import_undo_no_update BEFORE UPDATE ON import_undo WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'import_undo is append-only'); END;

CREATE TABLE import_undoing (
  image_id INTEGER PRIMARY KEY,
  undo_id INTEGER NOT NULL REFERENCES import_undo (id),
  path TEXT NOT NULL,
  -- The copy in the project's folder; null where the picture lies elsewhere.
  copy TEXT,
  pixel_sha256 TEXT NOT NULL,
  identity_id INTEGER
) STRICT;

CREATE TABLE import_undoing_label (
  event_id INTEGER PRIMARY KEY,
  undo_id INTEGER NOT NULL REFERENCES import_undo (id),
  image_id INTEGER NOT NULL,
  -- The person that the label says the image is of.
  identity_id INTEGER
) STRICT;

CREATE INDEX import_undoing_label_by_image ON import_undoing_label (image_id);

CREATE TABLE imported_curve (
  curves_id INTEGER NOT NULL REFERENCES imported_curves (id),
  tag TEXT NOT NULL,
  -- Pairs of step and value, 64-bit floats in little-endian order.
  points BLOB NOT NULL,
  PRIMARY KEY (curves_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE imported_curves (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  -- The file or folder they were read from.
  source TEXT NOT NULL,
  source_sha256 TEXT NOT NULL,
  notes TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE "job" (
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

CREATE INDEX job_by_position ON job (position) WHERE position IS NOT NULL;

CREATE INDEX job_by_state ON job (state);

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
, job_id INTEGER REFERENCES job (id)) STRICT;

CREATE INDEX label_event_by_image ON label_event (image_id);

CREATE INDEX label_event_by_job ON label_event (job_id) WHERE job_id IS NOT NULL;

CREATE TRIGGER label_event_no_delete BEFORE DELETE ON label_event
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
  AND NOT EXISTS (SELECT 1 FROM import_undoing WHERE import_undoing.image_id = OLD.image_id)
  AND NOT EXISTS (SELECT 1 FROM import_undo WHERE is_complete = 0 AND import_undo.import_job_id = OLD.job_id)
BEGIN SELECT RAISE(ABORT, 'label_event is append-only'); END;

CREATE TRIGGER label_event_no_update BEFORE UPDATE ON label_event
BEGIN SELECT RAISE(ABORT, 'label_event is append-only'); END;

CREATE TRIGGER label_event_number AFTER DELETE ON label_event
BEGIN
  INSERT INTO number_given (name, last) VALUES ('label_event', OLD.id)
  ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);
END;

CREATE TABLE leak_certificate (
  position INTEGER PRIMARY KEY,
  previous TEXT NOT NULL,
  -- All that it says, as JSON; images by their numbers, which tell nothing of a person once the image is erased.
  open TEXT NOT NULL,
  hash TEXT NOT NULL,
  split_id INTEGER NOT NULL REFERENCES split (id),
  job_id INTEGER NOT NULL REFERENCES job (id)
) STRICT;

CREATE INDEX leak_certificate_by_split ON leak_certificate (split_id, position);

CREATE TRIGGER leak_certificate_no_delete BEFORE DELETE ON leak_certificate
BEGIN SELECT RAISE(ABORT, 'leak_certificate is append-only'); END;

CREATE TRIGGER leak_certificate_no_update BEFORE UPDATE ON leak_certificate
BEGIN SELECT RAISE(ABORT, 'leak_certificate is append-only'); END;

CREATE TABLE ledger_head (
  ledger TEXT PRIMARY KEY,
  lines INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE map_point (
  space_id INTEGER NOT NULL REFERENCES embedding_space (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  x REAL NOT NULL,
  y REAL NOT NULL,
  PRIMARY KEY (space_id, image_id)
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
, job_id INTEGER REFERENCES job (id), handed_out TEXT) STRICT;

CREATE UNIQUE INDEX model_export_by_job ON model_export (job_id) WHERE job_id IS NOT NULL;

CREATE INDEX model_export_by_model ON model_export (model_id);

CREATE TRIGGER model_export_no_delete BEFORE DELETE ON model_export
BEGIN SELECT RAISE(ABORT, 'model_export is append-only'); END;

CREATE TRIGGER model_export_no_update BEFORE UPDATE ON model_export
BEGIN SELECT RAISE(ABORT, 'model_export is append-only'); END;

CREATE TABLE number_given (
  name TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE prediction (
  evaluation_id INTEGER NOT NULL REFERENCES evaluation (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  task TEXT NOT NULL CHECK (task IN ('age', 'gender', 'race')),
  labelled INTEGER,
  predicted INTEGER NOT NULL,
  probabilities BLOB NOT NULL, years REAL,
  PRIMARY KEY (evaluation_id, task, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX prediction_by_cell ON prediction (evaluation_id, task, labelled, predicted);

CREATE TRIGGER prediction_no_delete BEFORE DELETE ON prediction
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'prediction is append-only'); END;

CREATE TRIGGER prediction_no_update BEFORE UPDATE ON prediction
BEGIN SELECT RAISE(ABORT, 'prediction is append-only'); END;

CREATE TABLE project (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  uuid TEXT NOT NULL,
  is_synthetic INTEGER NOT NULL DEFAULT 0 CHECK (is_synthetic IN (0, 1)),
  created_at TEXT NOT NULL
, audience TEXT NOT NULL DEFAULT 'owner' CHECK (audience IN ('owner', 'group'))) STRICT;

CREATE TABLE reading (
  id INTEGER PRIMARY KEY,
  check_id INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  actor TEXT NOT NULL,
  created_at TEXT NOT NULL,
  finished_at TEXT
) STRICT;

CREATE TABLE reading_answer (
  reading_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL,
  answer TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (reading_id, image_id),
  FOREIGN KEY (reading_id, image_id) REFERENCES reading_item (reading_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reading_answer_no_delete BEFORE DELETE ON reading_answer
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'reading_answer is append-only'); END;

CREATE TRIGGER reading_answer_no_update BEFORE UPDATE ON reading_answer
BEGIN SELECT RAISE(ABORT, 'reading_answer is append-only'); END;

CREATE TABLE reading_item (
  reading_id INTEGER NOT NULL REFERENCES reading (id),
  position INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  race TEXT,
  first_answer TEXT NOT NULL,
  first_actor TEXT NOT NULL,
  PRIMARY KEY (reading_id, position),
  UNIQUE (reading_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading_settlement (
  id INTEGER PRIMARY KEY,
  reading_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL,
  -- 'open' takes the one before back.
  choice TEXT NOT NULL CHECK (choice IN ('first', 'second', 'other', 'unsure', 'open')),
  -- What it was settled to; null where it is open or nobody can tell.
  answer TEXT,
  -- Acts of decisions that it was made by, as JSON.
  acts TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  FOREIGN KEY (reading_id, image_id) REFERENCES reading_item (reading_id, image_id)
) STRICT;

CREATE INDEX reading_settlement_by_item ON reading_settlement (reading_id, image_id, id);

CREATE TRIGGER reading_settlement_no_delete BEFORE DELETE ON reading_settlement
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'reading_settlement is append-only'); END;

CREATE TRIGGER reading_settlement_no_update BEFORE UPDATE ON reading_settlement
BEGIN SELECT RAISE(ABORT, 'reading_settlement is append-only'); END;

CREATE TABLE review (
  image_id INTEGER NOT NULL REFERENCES image (id),
  check_id INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('kept', 'relabelled')),
  PRIMARY KEY (image_id, check_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER review_delete AFTER DELETE ON review
BEGIN
  UPDATE check_score SET is_decided = 0
  WHERE image_id = OLD.image_id AND is_flagged = 1 AND is_decided = 1 AND (OLD.check_id = check_score.check_id OR (OLD.check_id = 0 AND check_score.check_id <> 22))
    AND NOT (SELECT status FROM image WHERE id = OLD.image_id) = 'removed' AND NOT EXISTS (SELECT 1 FROM review WHERE review.image_id = OLD.image_id AND (review.check_id = check_score.check_id OR (review.check_id = 0 AND check_score.check_id <> 22)));
END;

CREATE TRIGGER review_insert AFTER INSERT ON review
BEGIN
  UPDATE check_score SET is_decided = 1
  WHERE image_id = NEW.image_id AND is_flagged = 1 AND is_decided = 0 AND (NEW.check_id = check_score.check_id OR (NEW.check_id = 0 AND check_score.check_id <> 22));
END;

CREATE TABLE root (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  is_inside_project INTEGER NOT NULL CHECK (is_inside_project IN (0, 1))
) STRICT;

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
, user_notes TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '[]', archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)), sweep_id INTEGER REFERENCES sweep (id), data TEXT, code_version TEXT, crossval_id INTEGER REFERENCES crossval (id), fold INTEGER, freed TEXT) STRICT;

CREATE UNIQUE INDEX run_by_fold ON run (crossval_id, fold) WHERE crossval_id IS NOT NULL;

CREATE INDEX run_by_sweep ON run (sweep_id) WHERE sweep_id IS NOT NULL;

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

CREATE TABLE saved_query (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- Filter, order and columns as the window and the command line give them.
  query TEXT NOT NULL,
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
) STRICT;

CREATE TABLE scan_report (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  result TEXT NOT NULL,
  made_at TEXT NOT NULL
) STRICT;

CREATE TABLE scan_setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  note TEXT NOT NULL,
  actor TEXT NOT NULL,
  hash TEXT NOT NULL,
  images INTEGER NOT NULL,
  is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;

CREATE TRIGGER snapshot_no_delete BEFORE DELETE ON snapshot WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;

CREATE TRIGGER snapshot_no_update BEFORE UPDATE ON snapshot
WHEN OLD.is_complete = 1 AND NOT EXISTS (
    SELECT 1 FROM erasure_effect JOIN erasure ON erasure.id = erasure_effect.erasure_id
    WHERE erasure.is_complete = 0 AND erasure_effect.kind = 'snapshot' AND erasure_effect.subject_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;

CREATE TABLE snapshot_member (
  snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  race TEXT,
  gender TEXT,
  age_bin TEXT,
  age_years REAL,
  identity_id INTEGER REFERENCES identity (id),
  PRIMARY KEY (snapshot_id, image_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER snapshot_member_no_delete BEFORE DELETE ON snapshot_member
WHEN (SELECT is_complete FROM snapshot WHERE id = OLD.snapshot_id) = 1 AND NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;

CREATE TRIGGER snapshot_member_no_insert BEFORE INSERT ON snapshot_member
WHEN (SELECT is_complete FROM snapshot WHERE id = NEW.snapshot_id) = 1
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;

CREATE TRIGGER snapshot_member_no_update BEFORE UPDATE ON snapshot_member
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;

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
, snapshot_id INTEGER REFERENCES snapshot (id), plan TEXT) STRICT;

CREATE TRIGGER split_no_delete BEFORE DELETE ON split WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;

CREATE TRIGGER split_no_update BEFORE UPDATE ON split
WHEN OLD.is_complete = 1 AND NOT EXISTS (
    SELECT 1 FROM erasure_effect JOIN erasure ON erasure.id = erasure_effect.erasure_id
    WHERE erasure.is_complete = 0 AND erasure_effect.kind = 'split' AND erasure_effect.subject_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;

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

CREATE INDEX split_member_by_image ON split_member (image_id);

CREATE INDEX split_member_by_part ON split_member (split_id, part, image_id);

CREATE TRIGGER split_member_no_delete BEFORE DELETE ON split_member
WHEN (SELECT is_complete FROM split WHERE id = OLD.split_id) = 1 AND NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;

CREATE TRIGGER split_member_no_insert BEFORE INSERT ON split_member
WHEN (SELECT is_complete FROM split WHERE id = NEW.split_id) = 1
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;

CREATE TRIGGER split_member_no_update BEFORE UPDATE ON split_member
BEGIN SELECT RAISE(ABORT, 'a split is immutable'); END;

CREATE TABLE stored_file (
  path TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  -- 'vouched': not recorded when it was written, but shown later to be the same by something that was.
  basis TEXT NOT NULL CHECK (basis IN ('written', 'vouched')),
  recorded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sweep (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
