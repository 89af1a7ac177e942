import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { deriveContext } from '#renderer/app/context-view.ts'
import { describeError } from '#renderer/components/error-text.ts'
import { joinPath } from '#renderer/components/folder-dialog.tsx'
import { upsertJob } from '#renderer/engine/engine-events.ts'
import { summariseJobs } from '#renderer/engine/use-jobs.ts'
import { confusionRows, findGap, groupsOf, weighSample } from '#renderer/features/evaluate/evaluate-view.ts'
import {
  choose,
  chooseSource,
  emptyImportForm,
  findMissing,
  toImportRequest,
  toPreviewRequest,
} from '#renderer/features/home/import-formats.ts'
import { countStops, describeStops } from '#renderer/components/queue-count.ts'
import { describeLoop, type CurationState } from '#renderer/features/home/loop-view.ts'
import { canResume, describeProgress, percentDone } from '#renderer/components/job-view.ts'
import { emptySplitForm, findSplitProblem, toSplitRequest } from '#renderer/features/splits/splits-view.ts'
import { crossvalId, jobId, modelId, runId, splitId } from '#shared/contract/base.contract.ts'
import { importRequest } from '#shared/contract/dataset.contract.ts'
import { splitRequest } from '#shared/contract/split.contract.ts'
import {
  makeEvaluation,
  makeImportPreview,
  makeJob,
  makeModel,
  makeProject,
  makeRun,
  makeSplit,
  makeTaskEvaluation,
} from '#tests/component/factories.ts'

describe('the loop on Home', () => {
  it('marks the first step not done as the next one', () => {
    const project = makeProject({
      counts: {
        datasets: 1,
        images: 9,
        removed: 0,
        splits: 0,
        runs: 0,
        models: 0,
        evaluations: 0,
        exports: 0,
      },
    })
    expect(describeLoop(project, [], null).map(({ key, state }) => [key, state])).toEqual([
      ['import', 'done'],
      ['curate', 'next'],
      ['split', 'next'],
      ['train', 'later'],
      ['evaluate', 'later'],
      ['export', 'later'],
    ])
  })

  it('shows a step as running while a job of its kind is active', () => {
    const steps = describeLoop(makeProject(), [makeJob({ kind: 'export' })], null)
    expect(steps.find(({ key }) => key === 'export')?.state).toBe('running')
  })

  it('has curation as a step that tells what is open and keeps nobody from going on', () => {
    const noteOf = (curation: CurationState | null) => {
      const step = describeLoop(makeProject(), [], curation).find(({ key }) => key === 'curate')
      return [step?.note, step?.state]
    }
    expect(noteOf(null)).toEqual([
      'Look for images that do not belong; a scan flags, and you decide.',
      'next',
    ])
    expect(noteOf({ isScanned: true, open: 1204, queues: 2 })).toEqual(['1,204 open in 2 queues', 'next'])
    expect(noteOf({ isScanned: true, open: 0, queues: 0 })).toEqual(['Nothing is open in any queue.', 'done'])
  })
})

describe('jobs', () => {
  it('say phase, figures, rate and what is left', () => {
    expect(describeProgress(makeJob())).toBe('Reading · 41,202 / 108,501 · 310/s · 3 min 37 s left')
    expect(describeProgress(makeJob({ total: null, rate: null, remainingSeconds: null, done: 5 }))).toBe(
      'Reading · 5',
    )
    expect(percentDone(makeJob({ total: null }))).toBeNull()
  })

  it('can be resumed unless they succeeded or still go on', () => {
    const states = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted'] as const
    expect(states.filter(canResume)).toEqual(['failed', 'cancelled', 'interrupted'])
  })

  it('stand once in the list, newest first, the running one ahead', () => {
    const older = makeJob({ id: jobId.parse(1), state: 'queued' })
    const newer = makeJob({ id: jobId.parse(2) })
    const jobs = upsertJob(upsertJob([older], newer), { ...older, state: 'succeeded' })
    expect(jobs.map(({ id, state }) => [id, state])).toEqual([
      [2, 'running'],
      [1, 'succeeded'],
    ])
    expect(summariseJobs([newer, older])).toMatchObject({ running: [{ id: 2 }], waiting: [{ id: 1 }] })
  })
})

describe('the context bar', () => {
  const sources = {
    splits: [makeSplit(), makeSplit({ splitId: splitId.parse(2), name: 'Split 2' })],
    runs: [makeRun(), makeRun({ id: runId.parse(2), splitId: splitId.parse(2), modelId: null })],
    models: [makeModel()],
    evaluations: [makeEvaluation()],
  }

  it('speaks of the newest split and model when the address chooses none', () => {
    expect(deriveContext(sources, {})).toEqual({
      split: { id: 2, name: 'Split 2' },
      model: { id: 1, name: 'Run 1' },
    })
  })

  it('prefers an older model to those of the folds of a cross-validation', () => {
    const fold = makeModel({ id: modelId.parse(2), name: 'Fold', crossvalId: crossvalId.parse(1) })
    expect(deriveContext({ ...sources, models: [fold, makeModel()] }, {}).model).toMatchObject({ id: 1 })
    expect(deriveContext({ ...sources, models: [fold] }, {}).model).toMatchObject({ id: 2 })
  })

  it('names no model for a run that has none yet', () => {
    expect(deriveContext(sources, { run: 2 })).toEqual({ split: { id: 2, name: 'Split 2' }, model: null })
  })
})

describe('forms', () => {
  it('send only what the import format knows', () => {
    const form = { ...emptyImportForm, source: ' /faces ', name: 'A' }
    expect(findMissing(emptyImportForm, undefined)).not.toBeNull()
    const utkface = makeImportPreview()
    expect(findMissing(form, utkface)).toBeNull()
    expect(toImportRequest(form, utkface)).toEqual({
      source: '/faces',
      format: 'utkface',
      copy: false,
      name: 'A',
    })
    const table = { file: 'labels.csv', columns: ['file', 'sex'], read: { file: 'file', gender: 'sex' } }
    const csv = makeImportPreview({ format: 'csv', tables: [table] })
    const told = { ...form, name: '' }
    expect(importRequest.parse(toImportRequest(told, csv))).toEqual({
      source: '/faces',
      format: 'csv',
      copy: false,
      labels: ['labels.csv'],
    })
    // What was chosen for one format is none of another one.
    const chosen = choose(told, csv, { labels: 'b.csv', columns: { file: 'file' }, folderTask: 'race' })
    expect(toPreviewRequest(chosen)).toEqual({
      source: '/faces',
      format: 'csv',
      labels: 'b.csv',
      columns: { file: 'file' },
    })
    expect(toPreviewRequest(chooseSource(chosen, '/others'))).toEqual({ source: '/others' })
    expect(findMissing(choose(told, csv, { columns: { gender: 'sex' } }), csv)).toContain('column')
  })

  it('refuse parts that do not add up, and send ratios that do', () => {
    expect(findSplitProblem({ ...emptySplitForm, testPercent: 20 })).toBe(
      'The three parts add up to 110%, not 100%.',
    )
    expect(findSplitProblem({ ...emptySplitForm, seed: 1.5 })).toContain('seed')
    const request = toSplitRequest({ ...emptySplitForm, trainPercent: 70, valPercent: 15, testPercent: 15 })
    expect(() => splitRequest.parse(request)).not.toThrow()
  })
})

describe('evaluations', () => {
  it('give counts only below 30 images and a hollow mark below 100', () => {
    expect([0, 29, 30, 99, 100].map(weighSample)).toEqual([
      'count-only',
      'count-only',
      'hollow',
      'hollow',
      'full',
    ])
  })

  it('measure the gap between groups that have enough images', () => {
    const evaluation = makeTaskEvaluation()
    const gap = findGap(groupsOf(evaluation, 'race'))
    expect(gap).toMatchObject({ best: 'White', worst: 'Indian' })
    expect(gap?.points).toBeCloseTo(25)
    expect(findGap(groupsOf(evaluation, 'gender'))).toBeNull()
  })

  it('give every confusion row its shares, and none to an empty row', () => {
    const rows = confusionRows(makeTaskEvaluation().confusion)
    expect(rows.map(({ label, total }) => [label, total])).toEqual([
      ['White', 180],
      ['Indian', 60],
      ['Black', 0],
    ])
    expect(rows[0]?.cells[0]).toEqual({ count: 144, share: 0.8, isCorrect: true })
    expect(rows[2]?.cells[0]?.share).toBeNull()
  })
})

describe('errors and paths', () => {
  it('keep the engine’s own message and fold the rest', () => {
    const text = describeError(
      new AppError('PRECONDITION', 'Make a split first.', { details: { splits: 0 } }),
    )
    expect(text).toEqual({
      title: 'A step is missing before this one',
      message: 'Make a split first.',
      details: '{\n  "code": "PRECONDITION",\n  "splits": 0\n}',
    })
    expect(describeError('odd').message).toBe('odd')
  })

  it('join a folder and a name with the separator of the machine', () => {
    expect([joinPath('/a', 'b'), joinPath('/', 'b'), joinPath('C:\\a', 'b'), joinPath('/a', '')]).toEqual([
      '/a/b',
      '/b',
      'C:\\a\\b',
      '/a',
    ])
  })
})

describe('what waits in a queue', () => {
  it('is counted and told in groups where copies are decided together, else in images', () => {
    const greyscale = { open: 1233, groups: null }
    const copies = { open: 286, groups: { open: 140, flagged: 141 } }
    expect([greyscale, copies].map(countStops)).toEqual([1233, 140])
    expect([greyscale, copies].map(describeStops)).toEqual(['1,233 open', '140 groups open'])
  })
})
