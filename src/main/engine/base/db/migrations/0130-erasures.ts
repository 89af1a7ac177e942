/** Rows of an image go from sealed and append-only tables for one reason alone: a tombstone says that it was erased. */
const isErased = `EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)`

/** What is made of images may be counted anew while an erasure that took some of them is under way, and not after. */
const isCountedAnew = (kind: string): string =>
  `EXISTS (
    SELECT 1 FROM erasure_effect JOIN erasure ON erasure.id = erasure_effect.erasure_id
    WHERE erasure.is_complete = 0 AND erasure_effect.kind = '${kind}' AND erasure_effect.subject_id = OLD.id)`

const forbid = (trigger: string, when: string, message: string): string => `
DROP TRIGGER ${trigger};
CREATE TRIGGER ${trigger} BEFORE ${trigger.endsWith('_delete') ? 'DELETE' : 'UPDATE'} ON ${trigger.replace(/_no_(delete|update)$/, '')}
WHEN ${when}
BEGIN SELECT RAISE(ABORT, '${message}'); END;
`

const sealedBy = (list: string, column: string): string =>
  `(SELECT ${column} FROM ${list} WHERE id = OLD.${list}_id)`

/** Pictures that were erased: what stays of them, and what had counted them. */
export const migration0130 = {
  version: 130,
  name: 'erasures',
  sql: `
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

-- Hashes as bytes, so that no search for the picture's hash as text, as other tables have it, finds the tombstone.
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

-- What held or learned from how many of the pictures.
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

-- What an erasure that is under way still has to find; emptied before it ends.
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

CREATE TRIGGER image_text_delete AFTER DELETE ON image
BEGIN INSERT INTO image_text (image_text, rowid, path) VALUES ('delete', OLD.id, OLD.path); END;
CREATE TRIGGER decision_text_delete AFTER DELETE ON decision WHEN OLD.note IS NOT NULL
BEGIN INSERT INTO decision_text (decision_text, rowid, note) VALUES ('delete', OLD.id, OLD.note); END;
${[
  forbid('label_event_no_delete', `NOT ${isErased}`, 'label_event is append-only'),
  forbid('prediction_no_delete', `NOT ${isErased}`, 'prediction is append-only'),
  forbid('crossval_prediction_no_delete', `NOT ${isErased}`, 'crossval_prediction is append-only'),
  forbid('reading_answer_no_delete', `NOT ${isErased}`, 'reading_answer is append-only'),
  forbid('decision_no_delete', `NOT ${isErased}`, 'decision is append-only'),
  forbid(
    'split_member_no_delete',
    `${sealedBy('split', 'is_complete')} = 1 AND NOT ${isErased}`,
    'a split is immutable',
  ),
  forbid(
    'snapshot_member_no_delete',
    `${sealedBy('snapshot', 'is_complete')} = 1 AND NOT ${isErased}`,
    'a snapshot is immutable',
  ),
  forbid(
    'crossval_member_no_delete',
    `${sealedBy('crossval', 'fold_hash')} IS NOT NULL AND NOT ${isErased}`,
    'folds are immutable',
  ),
  forbid('split_no_update', `OLD.is_complete = 1 AND NOT ${isCountedAnew('split')}`, 'a split is immutable'),
  forbid(
    'snapshot_no_update',
    `OLD.is_complete = 1 AND NOT ${isCountedAnew('snapshot')}`,
    'a snapshot is immutable',
  ),
  forbid('evaluation_no_update', `NOT ${isCountedAnew('evaluation')}`, 'evaluation is append-only'),
].join('')}`,
} as const
