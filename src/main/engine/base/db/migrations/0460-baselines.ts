/** Stored answers of other systems to images of the catalogue, as they wrote them. */
export const migration0460 = {
  version: 460,
  name: 'baselines',
  sql: `
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
CREATE TRIGGER baseline_no_delete BEFORE DELETE ON baseline
BEGIN SELECT RAISE(ABORT, 'baseline is append-only'); END;
CREATE TRIGGER baseline_no_update BEFORE UPDATE ON baseline
WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE is_complete = 0)
  OR (NEW.id, NEW.name, NEW.kind, NEW.source, NEW.source_sha256, NEW.record, NEW.created_at, NEW.sha256)
    IS NOT (OLD.id, OLD.name, OLD.kind, OLD.source, OLD.source_sha256, OLD.record, OLD.created_at, OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'baseline is append-only'); END;
CREATE TRIGGER baseline_answer_no_update BEFORE UPDATE ON baseline_answer
BEGIN SELECT RAISE(ABORT, 'baseline_answer is append-only'); END;
CREATE TRIGGER baseline_answer_no_delete BEFORE DELETE ON baseline_answer
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'baseline_answer is append-only'); END;
`,
} as const
