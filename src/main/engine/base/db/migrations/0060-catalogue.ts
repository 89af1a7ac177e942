/** Words of file names, identities and notes are indexed for the search; searches worth keeping get a name. */
export const migration0060 = {
  version: 60,
  name: 'catalogue',
  sql: `
CREATE INDEX image_by_imported ON image (imported_at, id);

-- The texts themselves stand where they stood; these hold the words alone.
CREATE VIRTUAL TABLE image_text USING fts5
  (path, content='image', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE TRIGGER image_text_insert AFTER INSERT ON image
BEGIN INSERT INTO image_text (rowid, path) VALUES (NEW.id, NEW.path); END;
CREATE TRIGGER image_text_update AFTER UPDATE OF path ON image
BEGIN
  INSERT INTO image_text (image_text, rowid, path) VALUES ('delete', OLD.id, OLD.path);
  INSERT INTO image_text (rowid, path) VALUES (NEW.id, NEW.path);
END;

CREATE VIRTUAL TABLE identity_text USING fts5
  (name, content='identity', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE TRIGGER identity_text_insert AFTER INSERT ON identity
BEGIN INSERT INTO identity_text (rowid, name) VALUES (NEW.id, NEW.name); END;
CREATE TRIGGER identity_text_update AFTER UPDATE OF name ON identity
BEGIN
  INSERT INTO identity_text (identity_text, rowid, name) VALUES ('delete', OLD.id, OLD.name);
  INSERT INTO identity_text (rowid, name) VALUES (NEW.id, NEW.name);
END;
CREATE TRIGGER identity_text_delete AFTER DELETE ON identity
BEGIN INSERT INTO identity_text (identity_text, rowid, name) VALUES ('delete', OLD.id, OLD.name); END;

CREATE VIRTUAL TABLE decision_text USING fts5
  (note, content='decision', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE TRIGGER decision_text_insert AFTER INSERT ON decision WHEN NEW.note IS NOT NULL
BEGIN INSERT INTO decision_text (rowid, note) VALUES (NEW.id, NEW.note); END;

INSERT INTO image_text (image_text) VALUES ('rebuild');
INSERT INTO identity_text (identity_text) VALUES ('rebuild');
INSERT INTO decision_text (decision_text) VALUES ('rebuild');

CREATE TABLE saved_query (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- Filter, order and columns as the window and the command line give them.
  query TEXT NOT NULL,
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
) STRICT;
`,
} as const
