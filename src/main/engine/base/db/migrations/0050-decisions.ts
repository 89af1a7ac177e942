/**
 * What people decide about images. An act is one undoable step, a decision is one field of one image within it; neither
 * is ever changed or deleted, and undoing an act is another act. What holds now stands on `image` and in `review`.
 */
export const migration0050 = {
  version: 50,
  name: 'decisions',
  sql: `
ALTER TABLE image ADD COLUMN status TEXT NOT NULL DEFAULT 'undecided' CHECK (status IN ('undecided', 'kept', 'removed'));
ALTER TABLE image ADD COLUMN is_identity_suspect INTEGER NOT NULL DEFAULT 0 CHECK (is_identity_suspect IN (0, 1));
-- The act that last changed the image, 0 before the first; what a window has seen is sent back with a decision.
ALTER TABLE image ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX image_decided ON image (status, id) WHERE status <> 'undecided';

-- Large acts are written in batches; an act counts, and is sealed, once is_complete is set with the last of them.
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
  is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1)),
  CHECK ((kind IN ('undo', 'redo')) = (origin_act_id IS NOT NULL))
) STRICT;
CREATE INDEX act_by_actor ON act (actor, id);
CREATE INDEX act_by_origin ON act (origin_act_id, id) WHERE origin_act_id IS NOT NULL;
CREATE INDEX act_by_check ON act (check_id, id) WHERE check_id IS NOT NULL;
CREATE INDEX act_unfinished ON act (id) WHERE is_complete = 0;
CREATE TRIGGER act_no_update BEFORE UPDATE ON act WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'act is append-only'); END;
CREATE TRIGGER act_no_delete BEFORE DELETE ON act
BEGIN SELECT RAISE(ABORT, 'act is append-only'); END;

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
  note TEXT,
  CHECK (old_value IS NOT new_value)
) STRICT;
CREATE INDEX decision_by_image ON decision (image_id, field, id);
CREATE INDEX decision_by_act ON decision (act_id, image_id, id);
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;
CREATE TRIGGER decision_no_insert BEFORE INSERT ON decision
WHEN (SELECT is_complete FROM act WHERE id = NEW.act_id) = 1
BEGIN SELECT RAISE(ABORT, 'an act is immutable'); END;

-- Findings that somebody has looked at: a row closes the queue of its check for the image, check 0 every queue.
CREATE TABLE review (
  image_id INTEGER NOT NULL REFERENCES image (id),
  check_id INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('kept', 'relabelled')),
  PRIMARY KEY (image_id, check_id)
) STRICT, WITHOUT ROWID;

-- A second reader answers for images that the first has decided, without seeing those decisions; nothing follows from it.
CREATE TABLE reading (
  id INTEGER PRIMARY KEY,
  check_id INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  actor TEXT NOT NULL,
  created_at TEXT NOT NULL,
  finished_at TEXT
) STRICT;
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
CREATE TABLE reading_answer (
  reading_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL,
  answer TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (reading_id, image_id),
  FOREIGN KEY (reading_id, image_id) REFERENCES reading_item (reading_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER reading_answer_no_update BEFORE UPDATE ON reading_answer
BEGIN SELECT RAISE(ABORT, 'reading_answer is append-only'); END;
CREATE TRIGGER reading_answer_no_delete BEFORE DELETE ON reading_answer
BEGIN SELECT RAISE(ABORT, 'reading_answer is append-only'); END;

-- Members are stored in batches; the snapshot counts, and is sealed, once is_complete is set with the last of them.
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
CREATE TRIGGER snapshot_no_update BEFORE UPDATE ON snapshot WHEN OLD.is_complete = 1
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;
CREATE TRIGGER snapshot_no_delete BEFORE DELETE ON snapshot WHEN OLD.is_complete = 1
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
CREATE TRIGGER snapshot_member_no_update BEFORE UPDATE ON snapshot_member
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;
CREATE TRIGGER snapshot_member_no_insert BEFORE INSERT ON snapshot_member
WHEN (SELECT is_complete FROM snapshot WHERE id = NEW.snapshot_id) = 1
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;
CREATE TRIGGER snapshot_member_no_delete BEFORE DELETE ON snapshot_member
WHEN (SELECT is_complete FROM snapshot WHERE id = OLD.snapshot_id) = 1
BEGIN SELECT RAISE(ABORT, 'a snapshot is immutable'); END;

-- The snapshot that a split was made from, where it was made from one.
ALTER TABLE split ADD COLUMN snapshot_id INTEGER REFERENCES snapshot (id);
`,
} as const
