const isBlanking = ['position', 'previous', 'open', 'sealed', 'hash']
  .map((column) => `NEW.${column} IS OLD.${column}`)
  .join(' AND ')

/** Who may read the files of a project, and the log of who saw, took or changed what of it. */
export const migration0120 = {
  version: 120,
  name: 'access',
  sql: `
ALTER TABLE project ADD COLUMN audience TEXT NOT NULL DEFAULT 'owner' CHECK (audience IN ('owner', 'group'));

-- Under which purpose an export was handed out, and what it goes without.
ALTER TABLE model_export ADD COLUMN handed_out TEXT;

-- A ledger: see base/ledger. What is private is JSON, and goes with its salt when it is blanked.
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

CREATE TRIGGER access_line_update BEFORE UPDATE ON access_line
WHEN NOT (${isBlanking} AND NEW.private IS NULL AND NEW.salt IS NULL)
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER access_line_delete BEFORE DELETE ON access_line
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
`,
} as const
