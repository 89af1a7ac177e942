/** What was found to leak between the parts of splits, as a chain that only grows. */
export const migration0440 = {
  version: 440,
  name: 'leak-certificates',
  sql: `
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
CREATE TRIGGER leak_certificate_no_update BEFORE UPDATE ON leak_certificate
BEGIN SELECT RAISE(ABORT, 'leak_certificate is append-only'); END;
CREATE TRIGGER leak_certificate_no_delete BEFORE DELETE ON leak_certificate
BEGIN SELECT RAISE(ABORT, 'leak_certificate is append-only'); END;
`,
} as const
