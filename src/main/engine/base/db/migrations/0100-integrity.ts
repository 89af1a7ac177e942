/**
 * What was stored can be shown to be what is there: files by what they hashed to when they were written, acts chained to each
 * other, and the answers behind evaluations and cross-validations by their hashes. What older versions stored without
 * one keeps NULL, except acts: the first opening puts them into the chain in their order.
 */
export const migration0100 = {
  version: 100,
  name: 'integrity',
  sql: `
-- Files that Evenhand wrote, within the project folder as paths below it with '/', others as they were named.
CREATE TABLE stored_file (
  path TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  -- 'vouched': not recorded when it was written, but shown later to be the same by something that was.
  basis TEXT NOT NULL CHECK (basis IN ('written', 'vouched')),
  recorded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where each ledger ends, so that lines missing at its end are noticed.
CREATE TABLE ledger_head (
  ledger TEXT PRIMARY KEY,
  lines INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Each decision's values and texts are sealed under a salt of its own, 32 bytes each: see base/ledger.
ALTER TABLE decision ADD COLUMN salt BLOB;
ALTER TABLE decision ADD COLUMN sealed BLOB;
-- What is left of a decision that goes with its image: the digest alone, so that the hash of its act still holds.
CREATE TABLE erased_decision (
  id INTEGER PRIMARY KEY,
  act_id INTEGER NOT NULL REFERENCES act (id),
  image INTEGER NOT NULL,
  field TEXT NOT NULL,
  check_id INTEGER,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX erased_decision_by_act ON erased_decision (act_id, id);
CREATE TRIGGER erased_decision_no_update BEFORE UPDATE ON erased_decision
BEGIN SELECT RAISE(ABORT, 'erased_decision is append-only'); END;
CREATE TRIGGER erased_decision_no_delete BEFORE DELETE ON erased_decision
BEGIN SELECT RAISE(ABORT, 'erased_decision is append-only'); END;
CREATE TRIGGER decision_erased AFTER DELETE ON decision WHEN OLD.sealed IS NOT NULL
BEGIN
  INSERT INTO erased_decision (id, act_id, image, field, check_id, sealed)
  VALUES (OLD.id, OLD.act_id, OLD.image_id, OLD.field, OLD.check_id, OLD.sealed);
END;
-- Place in the ledger of acts, from 1 in the order in which they were completed.
ALTER TABLE act ADD COLUMN position INTEGER;
ALTER TABLE act ADD COLUMN previous TEXT;
ALTER TABLE act ADD COLUMN decisions INTEGER;
-- SHA-256 over one line for each decision of the act, in the order of their ids.
ALTER TABLE act ADD COLUMN decisions_hash TEXT;
ALTER TABLE act ADD COLUMN hash TEXT;
CREATE UNIQUE INDEX act_by_position ON act (position) WHERE position IS NOT NULL;
CREATE INDEX act_unchained ON act (id) WHERE position IS NULL;

DROP TRIGGER act_no_update;
-- Complete acts that stand outside the chain may only be put into it.
CREATE TRIGGER act_no_update BEFORE UPDATE ON act WHEN OLD.is_complete = 1 AND NOT (
  OLD.hash IS NULL AND NEW.hash IS NOT NULL AND NEW.id = OLD.id AND NEW.kind = OLD.kind AND NEW.title = OLD.title
  AND NEW.actor = OLD.actor AND NEW.at = OLD.at AND NEW.check_id IS OLD.check_id
  AND NEW.origin_act_id IS OLD.origin_act_id AND NEW.images = OLD.images AND NEW.conflicts = OLD.conflicts
  AND NEW.is_complete = 1)
BEGIN SELECT RAISE(ABORT, 'act is append-only'); END;
DROP TRIGGER decision_no_update;
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision WHEN NOT (
  OLD.sealed IS NULL AND NEW.sealed IS NOT NULL AND NEW.id = OLD.id AND NEW.act_id = OLD.act_id
  AND NEW.image_id = OLD.image_id AND NEW.field = OLD.field AND NEW.check_id IS OLD.check_id
  AND NEW.old_value IS OLD.old_value AND NEW.new_value IS OLD.new_value AND NEW.reason IS OLD.reason
  AND NEW.note IS OLD.note)
BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;

-- SHA-256 of the record, and of the answers behind it in the order of task and image.
ALTER TABLE evaluation ADD COLUMN sha256 TEXT;
ALTER TABLE evaluation ADD COLUMN predictions_sha256 TEXT;
ALTER TABLE crossval ADD COLUMN predictions_sha256 TEXT;
`,
} as const
