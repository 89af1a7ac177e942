/** Which job made it: a job that is resumed after it was killed between its result and its own end makes no second one. */
export const migration0110 = {
  version: 110,
  name: 'made-by-job',
  sql: `
    ALTER TABLE evaluation ADD COLUMN job_id INTEGER REFERENCES job (id);
    ALTER TABLE model_export ADD COLUMN job_id INTEGER REFERENCES job (id);
    CREATE UNIQUE INDEX evaluation_by_job ON evaluation (job_id) WHERE job_id IS NOT NULL;
    CREATE UNIQUE INDEX model_export_by_job ON model_export (job_id) WHERE job_id IS NOT NULL;
  `,
}
