/** Who is the same person in several images, as inferred from descriptors and decided by people; nobody is named. */
export const migration0380 = {
  version: 380,
  name: 'identities',
  sql: `
CREATE TABLE image_person (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  -- A number without meaning of its own: the smallest image number that the person had when it was made.
  person_id INTEGER NOT NULL
) STRICT;
CREATE INDEX image_person_by_person ON image_person (person_id, image_id);
CREATE TABLE identity_run (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job (id),
  -- What was compared, as JSON: the space and its revision, the threshold with where it comes from, error rates with intervals.
  facts TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
-- Clusters of the newest run, before what people decided is laid over them.
CREATE TABLE identity_cluster (
  run_id INTEGER NOT NULL REFERENCES identity_run (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  cluster_id INTEGER NOT NULL,
  PRIMARY KEY (run_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_cluster_by_cluster ON identity_cluster (run_id, cluster_id, image_id);
CREATE TABLE identity_proposal (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES identity_run (id),
  kind TEXT NOT NULL CHECK (kind IN ('merge', 'split')),
  image_id INTEGER NOT NULL REFERENCES image (id),
  other_id INTEGER NOT NULL REFERENCES image (id),
  -- Euclidean, root of the mean square between the two groups.
  distance REAL NOT NULL,
  -- In [0, 1], 1 where either answer is as likely.
  doubt REAL NOT NULL,
  -- Of its images alone, as JSON: the nearest pair, sizes, what makes it doubtful.
  evidence TEXT NOT NULL
) STRICT;
CREATE INDEX identity_proposal_by_doubt ON identity_proposal (run_id, doubt DESC, id);
CREATE TABLE identity_act (
  position INTEGER PRIMARY KEY,
  previous TEXT NOT NULL,
  open TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
-- Which acts speak of an image: an index over what the lines of the chain say.
CREATE TABLE identity_act_image (
  image_id INTEGER NOT NULL REFERENCES image (id),
  position INTEGER NOT NULL REFERENCES identity_act (position),
  PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER identity_act_no_update BEFORE UPDATE ON identity_act
BEGIN SELECT RAISE(ABORT, 'identity_act is append-only'); END;
CREATE TRIGGER identity_act_no_delete BEFORE DELETE ON identity_act
BEGIN SELECT RAISE(ABORT, 'identity_act is append-only'); END;
`,
} as const
