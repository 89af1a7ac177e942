/** What an import that linked its data set to another folder found before, so that taking it back links it to that again. */
export const migration0420 = {
  version: 420,
  name: 'relinks',
  sql: `
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
`,
} as const
