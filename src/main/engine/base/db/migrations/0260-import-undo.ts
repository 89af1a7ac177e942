/** Imports that were taken back, and what one that is under way has to find still. */
export const migration0260 = {
  version: 260,
  name: 'import-undo',
  sql: `
-- The import that gave a label to an image of an earlier one; null where the label came with its image.
ALTER TABLE label_event ADD COLUMN job_id INTEGER REFERENCES job (id);
CREATE INDEX label_event_by_job ON label_event (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX image_by_job ON image (job_id, dataset_id, imported_at) WHERE job_id IS NOT NULL;

-- The import that told it first in these words; null where that is not known.
ALTER TABLE import_issue ADD COLUMN job_id INTEGER REFERENCES job (id);

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

-- Labels of images of earlier imports; those whose event is gone have been taken.
CREATE TABLE import_undoing_label (
  event_id INTEGER PRIMARY KEY,
  undo_id INTEGER NOT NULL REFERENCES import_undo (id),
  image_id INTEGER NOT NULL,
  -- The person that the label says the image is of.
  identity_id INTEGER
) STRICT;
CREATE INDEX import_undoing_label_by_image ON import_undoing_label (image_id);

CREATE TRIGGER dataset_number AFTER DELETE ON dataset
BEGIN
  INSERT INTO number_given (name, last) VALUES ('dataset', OLD.id)
  ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);
END;

DROP TRIGGER label_event_no_delete;
CREATE TRIGGER label_event_no_delete BEFORE DELETE ON label_event
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
  AND NOT EXISTS (SELECT 1 FROM import_undoing WHERE import_undoing.image_id = OLD.image_id)
  AND NOT EXISTS (SELECT 1 FROM import_undo WHERE is_complete = 0 AND import_undo.import_job_id = OLD.job_id)
BEGIN SELECT RAISE(ABORT, 'label_event is append-only'); END;
`,
} as const
