import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, it } from 'vitest'
import { jobId, runId } from '#shared/contract/base.contract.ts'
import { migration0010 } from '#engine/base/db/migrations/0010-foundation.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { JobRepo } from '#engine/base/jobs/job.repo.ts'
import { RunRepo } from '#engine/learning/training/run.repo.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const hash = 'a'.repeat(64)
const at = '2026-01-01T00:00:00.000Z'
const config = {
  splitId: 1,
  name: 'Old run',
  arch: 'resnet18',
  inputSize: 64,
  epochs: 3,
  batchSize: 8,
  learningRate: 0.002,
  weightDecay: 0.01,
  schedule: 'one-cycle',
  augmentation: { flip: true, crop: false },
  seed: 1,
  engine: 'onnx',
  device: 'cpu',
  init: 'random',
}

it('jobs, runs and what refers to them go from version 10 to 20 as they were; results can no longer be changed', () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'catalogue.sqlite')
  const open = (migrations?: readonly (typeof migration0010)[]) =>
    openDatabase({
      file,
      now: () => 0,
      logger: createMemoryLogger(),
      ...(migrations === undefined ? {} : { migrations }),
    })
  open([migration0010]).close()
  const old = new BetterSqlite3(file)
  old.exec(`
    INSERT INTO job (id, kind, title, input, state, created_at, finished_at, result) VALUES
      (3, 'split', 'Split', '{}', 'succeeded', '${at}', '${at}', '{"splitId":1}'),
      (7, 'train', 'Train', '{"runId":1}', 'interrupted', '${at}', NULL, NULL);
    INSERT INTO split (id, name, hash, seed, ratios, label_scheme, summary, job_id, is_complete, created_at)
      VALUES (1, 'S', '${hash}', 1, '{}', 'utkface5', '{}', 3, 1, '${at}');
    INSERT INTO model (id, name, arch, input_size, labels, weights_file, weights_sha256, created_at)
      VALUES (1, 'M', 'resnet18', 64, '{}', 'f', '${hash}', '${at}');
    INSERT INTO evaluation (id, model_id, split_id, split_hash, weights_sha256, part, result, created_at)
      VALUES (1, 1, 1, '${hash}', '${hash}', 'val', '{}', '${at}');
  `)
  old
    .prepare(
      `INSERT INTO run (id, name, split_id, split_hash, job_id, config, config_hash, labels, counts, engine, device, notes,
                        created_at)
       VALUES (1, 'Old run', 1, '${hash}', 7, ?, '${hash}', '{"age":null,"gender":null,"race":["White"]}',
               '{"train":9,"validation":3}', 'onnxruntime-node', 'CPU', '[]', '${at}')`,
    )
    .run(JSON.stringify(config))
  old.close()

  const db = open()
  const jobs = new JobRepo(db)
  expect(jobs.find(jobId.parse(3))).toMatchObject({ kind: 'split', result: { splitId: 1 }, finishedAt: at })
  expect(new RunRepo(db).find(runId.parse(1))).toMatchObject({
    jobId: 7,
    name: 'Old run',
    config: { augmentation: { crop: 'none' }, decayNormsAndBiases: true },
    userNotes: '',
    tags: [],
    archived: false,
    sweepId: null,
    data: null,
    codeVersion: null,
  })
  jobs.finish(jobId.parse(7), { outcome: { state: 'paused' }, at })
  expect(jobs.find(jobId.parse(7))?.state).toBe('paused')
  expect(() => db.prepareCommand('DELETE FROM job WHERE id = 7').run()).toThrow('erased or written meanwhile')
  for (const sql of ["UPDATE evaluation SET part = 'test'", 'DELETE FROM evaluation']) {
    expect(() => db.prepareCommand(sql).run()).toThrow('evaluation is append-only')
  }
  db.close()
})
