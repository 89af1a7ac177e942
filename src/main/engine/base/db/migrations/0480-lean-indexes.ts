/**
 * The indexes of images hold what they are sorted by and no more. Labels stood in them for filters, which have a table in memory
 * since; every relabelled image was written into five indexes for it.
 */
export const migration0480 = {
  version: 480,
  name: 'lean-indexes',
  sql: `
DROP INDEX image_by_age;
DROP INDEX image_by_bytes;
DROP INDEX image_by_labels;
DROP INDEX image_by_path;
DROP INDEX image_by_pixels;
CREATE INDEX image_by_age ON image (age_order);
CREATE INDEX image_by_bytes ON image (bytes);
CREATE INDEX image_by_dataset ON image (dataset_id);
CREATE INDEX image_by_path ON image (path);
CREATE INDEX image_by_pixels ON image (pixels);
CREATE INDEX image_unlabelled ON image (dataset_id) WHERE race IS NULL AND gender IS NULL AND age_bin IS NULL;
`,
} as const
