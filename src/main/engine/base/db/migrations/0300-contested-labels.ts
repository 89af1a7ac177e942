/** Code of the check "conflicting-labels". */
const contested = 22
/** Whether a review of one queue, or of every queue, is one of a check. */
const isOf = (review: string, check: string): string =>
  `(${review} = ${check} OR (${review} = 0 AND ${check} <> ${contested}))`
const isClosed = (image: string, check: string): string =>
  `EXISTS (SELECT 1 FROM review WHERE review.image_id = ${image} AND ${isOf('review.check_id', check)})`
const isRemoved = (image: string): string => `(SELECT status FROM image WHERE id = ${image}) = 'removed'`

/** Whoever keeps a picture has not said which of its contradicting labels is right: their own queue alone confirms one. */
export const migration0300 = {
  version: 300,
  name: 'contested-labels',
  sql: `
DROP TRIGGER check_score_insert;
DROP TRIGGER check_score_flag;
DROP TRIGGER review_insert;
DROP TRIGGER review_delete;
DROP TRIGGER image_status;
UPDATE check_score SET is_decided = 0
WHERE check_id = ${contested} AND is_flagged = 1 AND is_decided = 1
  AND NOT ${isRemoved('check_score.image_id')} AND NOT ${isClosed('check_score.image_id', 'check_score.check_id')};
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
  WHERE image_id = NEW.image_id AND is_flagged = 1 AND is_decided = 0 AND ${isOf('NEW.check_id', 'check_score.check_id')};
END;
CREATE TRIGGER review_delete AFTER DELETE ON review
BEGIN
  UPDATE check_score SET is_decided = 0
  WHERE image_id = OLD.image_id AND is_flagged = 1 AND is_decided = 1 AND ${isOf('OLD.check_id', 'check_score.check_id')}
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
