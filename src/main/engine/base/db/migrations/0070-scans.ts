/** What a scan remembers: which decisions it has seen, and what the user chose for it. */
export const migration0070 = {
  version: 70,
  name: 'scans',
  sql: `
-- The newest decision when it finished: an image restored by a later one has not been judged.
ALTER TABLE check_run ADD COLUMN newest_decision_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX decision_restored ON decision (id) WHERE field = 'status' AND old_value = 'removed';

-- What the user last chose for scans of this project, as the face detector.
CREATE TABLE scan_setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
`,
} as const
