/** How the disagreements of second readings were settled: one row an act, the newest counts. */
export const migration0270 = {
  version: 270,
  name: 'settlements',
  sql: `
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
CREATE TRIGGER reading_settlement_no_update BEFORE UPDATE ON reading_settlement
BEGIN SELECT RAISE(ABORT, 'reading_settlement is append-only'); END;
CREATE TRIGGER reading_settlement_no_delete BEFORE DELETE ON reading_settlement
WHEN NOT EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'reading_settlement is append-only'); END;
`,
} as const
