const triggers = ['decision', 'identity', 'image', 'label_event'].map(
  (table) => `
CREATE TRIGGER ${table}_number AFTER DELETE ON ${table}
BEGIN
  INSERT INTO number_given (name, last) VALUES ('${table}', OLD.id)
  ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last);
END;`,
)

/** Numbers of rows that are gone are not given to others. */
export const migration0250 = {
  version: 250,
  name: 'numbers',
  sql: `
-- The largest number that a row had which is gone; larger ones stand in the table itself.
CREATE TABLE number_given (
  name TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO number_given SELECT 'image', max(image_id) FROM erased_image HAVING max(image_id) IS NOT NULL;
INSERT INTO number_given SELECT 'decision', max(id) FROM erased_decision HAVING max(id) IS NOT NULL;
${triggers.join('')}
`,
} as const
