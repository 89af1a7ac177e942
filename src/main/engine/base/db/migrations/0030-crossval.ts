/**
 * Cross-validation: folds over a split's train and validation parts, a run for each fold, and what it says of the images
 * that it did not see. The database itself refuses a prediction by a run of another fold.
 */
export const migration0030 = {
  version: 30,
  name: 'crossval',
  sql: `
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
) STRICT;

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
CREATE TRIGGER crossval_member_no_update BEFORE UPDATE ON crossval_member
BEGIN SELECT RAISE(ABORT, 'folds are immutable'); END;
CREATE TRIGGER crossval_member_no_insert BEFORE INSERT ON crossval_member
WHEN (SELECT fold_hash FROM crossval WHERE id = NEW.crossval_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'folds are immutable'); END;
CREATE TRIGGER crossval_member_no_delete BEFORE DELETE ON crossval_member
WHEN (SELECT fold_hash FROM crossval WHERE id = OLD.crossval_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'folds are immutable'); END;

ALTER TABLE run ADD COLUMN crossval_id INTEGER REFERENCES crossval (id);
-- The fold that the run holds out.
ALTER TABLE run ADD COLUMN fold INTEGER;
CREATE UNIQUE INDEX run_by_fold ON run (crossval_id, fold) WHERE crossval_id IS NOT NULL;

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
CREATE TRIGGER crossval_prediction_out_of_sample BEFORE INSERT ON crossval_prediction
WHEN NOT EXISTS (
  SELECT 1
  FROM run r JOIN crossval_member m ON m.crossval_id = r.crossval_id AND m.fold = r.fold
  WHERE r.id = NEW.run_id AND m.crossval_id = NEW.crossval_id AND m.image_id = NEW.image_id)
BEGIN SELECT RAISE(ABORT, 'an image is predicted by the run that holds its fold out'); END;
CREATE TRIGGER crossval_prediction_no_update BEFORE UPDATE ON crossval_prediction
BEGIN SELECT RAISE(ABORT, 'crossval_prediction is append-only'); END;
CREATE TRIGGER crossval_prediction_no_delete BEFORE DELETE ON crossval_prediction
BEGIN SELECT RAISE(ABORT, 'crossval_prediction is append-only'); END;
`,
} as const
