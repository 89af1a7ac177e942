const isClosed = (image: string, check: string): string =>
  `EXISTS (SELECT 1 FROM review WHERE review.image_id = ${image} AND review.check_id IN (0, ${check}))`
const isRemoved = (image: string): string => `(SELECT status FROM image WHERE id = ${image}) = 'removed'`

/**
 * Findings tell themselves whether they are decided: a queue of tens of thousands, most of them decided, is counted and read
 * on from where it stands by index alone.
 */
export const migration0080 = {
  version: 80,
  name: 'open-findings',
  sql: `
-- The image is removed, or its review closes the queue. Kept where is_flagged = 1 and of no meaning elsewhere.
ALTER TABLE check_score ADD COLUMN is_decided INTEGER NOT NULL DEFAULT 0 CHECK (is_decided IN (0, 1));
UPDATE check_score SET is_decided = 1
WHERE is_flagged = 1 AND (${isRemoved('check_score.image_id')} OR ${isClosed('check_score.image_id', 'check_score.check_id')});
CREATE INDEX check_score_open ON check_score (check_id, score, image_id) WHERE is_flagged = 1 AND is_decided = 0;

CREATE TRIGGER check_score_insert AFTER INSERT ON check_score
WHEN NEW.is_flagged = 1 AND (${isRemoved('NEW.image_id')} OR ${isClosed('NEW.image_id', 'NEW.check_id')})
BEGIN
  UPDATE check_score SET is_decided = 1 WHERE check_id = NEW.check_id AND image_id = NEW.image_id;
END;
CREATE TRIGGER check_score_flag AFTER UPDATE OF is_flagged ON check_score
WHEN NEW.is_flagged = 1 AND OLD.is_flagged = 0
  AND NEW.is_decided <> (${isRemoved('NEW.image_id')} OR ${isClosed('NEW.image_id', 'NEW.check_id')})
BEGIN
  UPDATE check_score SET is_decided = 1 - is_decided WHERE check_id = NEW.check_id AND image_id = NEW.image_id;
END;
CREATE TRIGGER review_insert AFTER INSERT ON review
BEGIN
  UPDATE check_score SET is_decided = 1
  WHERE image_id = NEW.image_id AND is_flagged = 1 AND is_decided = 0 AND NEW.check_id IN (0, check_id);
END;
CREATE TRIGGER review_delete AFTER DELETE ON review
BEGIN
  UPDATE check_score SET is_decided = 0
  WHERE image_id = OLD.image_id AND is_flagged = 1 AND is_decided = 1 AND OLD.check_id IN (0, check_id)
    AND NOT ${isRemoved('OLD.image_id')} AND NOT ${isClosed('OLD.image_id', 'check_score.check_id')};
END;
CREATE TRIGGER image_status AFTER UPDATE OF status ON image
WHEN (OLD.status = 'removed') <> (NEW.status = 'removed')
BEGIN
  UPDATE check_score SET is_decided = NEW.status = 'removed' OR ${isClosed('NEW.id', 'check_score.check_id')}
  WHERE image_id = NEW.id AND is_flagged = 1;
END;
`,
} as const
