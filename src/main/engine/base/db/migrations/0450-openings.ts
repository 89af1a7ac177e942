/** An evaluation of a test part names the line of the access log that opened it; those from before have none. */
export const migration0450 = {
  version: 450,
  name: 'openings',
  sql: `
ALTER TABLE evaluation ADD COLUMN opening INTEGER REFERENCES access_line (position);
CREATE TRIGGER evaluation_of_sealed_part BEFORE INSERT ON evaluation
WHEN NEW.part = 'test' AND NOT EXISTS (
    SELECT 1 FROM access_line
    WHERE position = NEW.opening AND kind = 'unsealed'
      AND json_extract(open, '$.subject.model') = NEW.model_id
      AND json_extract(open, '$.subject.split') = NEW.split_id
      AND json_extract(open, '$.subject.splitHash') = NEW.split_hash
      AND json_extract(open, '$.subject.weightsSha256') = NEW.weights_sha256)
BEGIN SELECT RAISE(ABORT, 'the test part is sealed'); END;
CREATE TRIGGER evaluation_keeps_its_opening BEFORE UPDATE OF part, opening ON evaluation
WHEN NEW.part IS NOT OLD.part OR NEW.opening IS NOT OLD.opening
BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END;
`,
} as const
