/** What an audit measures of faces and of what surrounds them. */
export const migration0530 = {
  version: 530,
  name: 'portraits',
  sql: `
CREATE TABLE image_portrait (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  pixel_sha256 TEXT NOT NULL,
  -- What had found the faces that were measured.
  detector TEXT NOT NULL,
  faces_version INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- Skin and quality of the main face, and the background, as JSON.
  measures TEXT,
  -- Why the file could not be read.
  problem TEXT
) STRICT;
`,
} as const
