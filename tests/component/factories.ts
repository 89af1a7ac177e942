import type { Estimate } from '#shared/domain/intervals.ts'
import {
  crossvalId,
  datasetId,
  evaluationId,
  identityId,
  imageId,
  jobId,
  modelId,
  runId,
  splitId,
  type ImageId,
} from '#shared/contract/base.contract.ts'
import type { CrossvalSummary } from '#shared/contract/crossval.contract.ts'
import type { DatasetSummary, ImportPreview, ImportRecord } from '#shared/contract/dataset.contract.ts'
import type { ErasurePreview } from '#shared/contract/erasure.contract.ts'
import type { EvaluationDetail, TaskEvaluation } from '#shared/contract/evaluation.contract.ts'
import type { ImageDetail, ImageFacets, ImageTile } from '#shared/contract/image.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { LedgerVerdict, LedgerView, Opening } from '#shared/contract/ledger.contract.ts'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import type { CatalogueCopy, ProjectSummary } from '#shared/contract/project.contract.ts'
import { purposeId, type Purpose } from '#shared/contract/purpose.contract.ts'
import { curvesId, type ImportedCurves } from '#shared/contract/curves.contract.ts'
import type { EpochRecord, RunDetail, RunEstimate, RunSummary } from '#shared/contract/run.contract.ts'
import { sweepId, type SweepSummary } from '#shared/contract/sweep.contract.ts'
import { imageView, savedQueryId, type SavedQuery } from '#shared/contract/saved-query.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'

const at = '2026-05-04T10:00:00.000Z'
export const hashOf = (digit: string) => digit.repeat(64)

export function makeEstimate(value: number, n: number): Estimate {
  return { value, low: Math.max(0, value - 0.04), high: Math.min(1, value + 0.04), n }
}

export function makeProject(part: Partial<ProjectSummary> = {}): ProjectSummary {
  return {
    folder: '/projects/faces',
    name: 'Faces',
    uuid: '3f1d1c5e-6a0f-4b1b-9a39-3a2d5c1b7e10',
    createdAt: at,
    isSynthetic: false,
    files: { audience: 'owner', notice: null },
    counts: { datasets: 1, images: 3, removed: 0, splits: 1, runs: 1, models: 1, evaluations: 1, exports: 0 },
    ...part,
  }
}

export function makePurpose(part: Partial<Purpose> = {}): Purpose {
  return {
    id: purposeId.parse(1),
    tasks: ['race'],
    who: 'Ann',
    what: 'Measuring bias',
    until: '2030-01-31',
    recordedAt: at,
    recordedBy: 'Ann',
    endedAt: null,
    state: 'open',
    ...part,
  }
}

export function makeImportRecord(known: Partial<ImportRecord> = {}): ImportRecord {
  return {
    jobId: jobId.parse(1),
    datasetId: datasetId.parse(1),
    dataset: 'Portraits',
    at: '2026-05-04T10:00:00.000Z',
    images: 3,
    labels: 0,
    relinked: null,
    ...known,
  }
}

export function makeImportPreview(known: Partial<ImportPreview> = {}): ImportPreview {
  return {
    format: 'utkface',
    toldBy: 'names of files as age_gender_race_date',
    folderTask: null,
    tables: [],
    images: 3,
    otherFiles: [{ ending: '.txt', files: 1 }],
    unreadable: { value: 1 / 3, low: 0.06, high: 0.79, n: 3 },
    problems: [{ file: 'broken.jpg', reason: 'It is empty.' }],
    samples: [
      {
        file: '26_1_1_20170116174525125.jpg',
        picture: 'data:image/webp;base64,AAAA',
        ageYears: 26,
        ageBin: '20-29',
        gender: 'Female',
        race: 'Black',
        identity: null,
        notes: [],
      },
    ],
    refusal: null,
    ...known,
  }
}

export function makeDataset(part: Partial<DatasetSummary> = {}): DatasetSummary {
  return {
    id: datasetId.parse(1),
    name: 'Portraits',
    format: 'utkface',
    source: '/images',
    labelScheme: 'utkface5',
    images: 3,
    identities: 0,
    skipped: 1,
    repaired: 0,
    createdAt: at,
    ...part,
  }
}

export function makeTile(id: number, part: Partial<ImageTile> = {}): ImageTile {
  return {
    id: imageId.parse(id),
    thumb: `t${id}`,
    race: 'White',
    gender: 'Female',
    ageYears: 34,
    ageBin: '30-39',
    width: 200,
    height: 200,
    status: 'undecided',
    isIdentitySuspect: false,
    revision: 0,
    findings: [],
    ...part,
  }
}

export function makeImage(id: number, part: Partial<ImageDetail> = {}): ImageDetail {
  return {
    ...makeTile(id),
    dataset: { id: datasetId.parse(1), name: 'Portraits' },
    path: `${id}.jpg`,
    bytes: 12_345,
    format: 'jpeg',
    fileSha256: hashOf('a'),
    pixelSha256: hashOf('b'),
    exifOrientation: 1,
    identity: { id: identityId.parse(4), name: 'p4', images: 2 },
    identicalImages: [],
    parts: [{ splitId: 1, split: 'Split 1', part: 'train' }],
    labels: [
      {
        task: 'race',
        value: 'White',
        source: 'import',
        sourceFile: 'labels.csv',
        sourceColumn: 'race',
        actor: 'import',
        at,
      },
    ],
    importedAt: at,
    ...part,
  }
}

export function makeFacets(part: Partial<ImageFacets> = {}): ImageFacets {
  return {
    total: 3,
    dataset: [{ value: '1', label: 'Portraits', count: 3 }],
    race: [
      { value: 'White', label: 'White', count: 2 },
      { value: 'Black', label: 'Black', count: 1 },
      { value: null, label: 'Missing', count: 0 },
    ],
    gender: [{ value: 'Female', label: 'Female', count: 3 }],
    age: [{ value: '30-39', label: '30-39', count: 3 }],
    status: [{ value: 'undecided', label: 'Undecided', count: 3 }],
    finding: [],
    part: [],
    identity: [{ value: 'none', label: 'Not known', count: 3 }],
    ...part,
  }
}

export function makeSavedQuery(part: Partial<SavedQuery> = {}): SavedQuery {
  return {
    id: savedQueryId.parse(1),
    name: 'Blurry children',
    view: imageView.parse({ filter: { search: 'age<10 finding:blurry' } }),
    createdAt: at,
    changedAt: at,
    ...part,
  }
}

export function makeJob(part: Partial<JobSnapshot> = {}): JobSnapshot {
  return {
    id: jobId.parse(1),
    kind: 'import',
    title: 'Import Portraits',
    state: 'running',
    phase: 'Reading',
    done: 41_202,
    total: 108_501,
    rate: 310,
    remainingSeconds: 217,
    message: null,
    waiting: null,
    error: null,
    result: null,
    createdAt: at,
    startedAt: at,
    finishedAt: null,
    ...part,
  }
}

export function makeSplit(part: Partial<SplitSummary> = {}): SplitSummary {
  return {
    splitId: splitId.parse(1),
    hash: hashOf('c'),
    parts: {
      train: { images: 800, groups: 700 },
      val: { images: 100, groups: 90 },
      test: { images: 100, groups: 95 },
    },
    name: 'Split 1',
    seed: 1,
    ratios: { train: 0.8, val: 0.1, test: 0.1 },
    totalVariation: { train: 0.002, val: 0.021, test: 0.019 },
    snapshotId: null,
    createdAt: at,
    plan: null,
    ...part,
  }
}

export function makeEpoch(epoch: number, part: Partial<EpochRecord> = {}): EpochRecord {
  return {
    epoch,
    learningRate: 0.001,
    trainLoss: 4 / epoch,
    trainLosses: { age: 2 / epoch, gender: 0.6 / epoch, race: 1.4 / epoch },
    validationLoss: 4.2 / epoch,
    validation: {
      race: { accuracy: makeEstimate(0.5 + epoch / 100, 100) },
      gender: { accuracy: makeEstimate(0.7 + epoch / 100, 100) },
      age: { accuracy: makeEstimate(0.3 + epoch / 100, 100), years: null },
    },
    raceByGroup: [
      { group: 'White', accuracy: makeEstimate(0.6, 60) },
      { group: 'Indian', accuracy: makeEstimate(0.4, 40) },
    ],
    byRace: [],
    lossWeights: null,
    gradientNorm: null,
    validationLosses: null,
    memoryBytes: null,
    seconds: 10,
    feederWaitSeconds: 0.5,
    imagesPerSecond: 80,
    isBest: true,
    ...part,
  }
}

export function makeRun(part: Partial<RunSummary> = {}): RunSummary {
  return {
    id: runId.parse(1),
    jobId: jobId.parse(3),
    name: 'Run 1',
    state: 'succeeded',
    splitId: splitId.parse(1),
    splitHash: hashOf('c'),
    config: trainConfig.parse({ splitId: 1, epochs: 2 }),
    configHash: hashOf('d'),
    device: 'CPU, 2 threads',
    epochsDone: 2,
    bestEpoch: 2,
    best: makeEpoch(2).validation,
    modelId: modelId.parse(1),
    seconds: 20,
    imagesPerSecond: 80,
    error: null,
    createdAt: at,
    userNotes: '',
    tags: [],
    archived: false,
    freed: null,
    sweepId: null,
    crossvalId: null,
    fold: null,
    queuePosition: null,
    dataHash: hashOf('f'),
    ...part,
  }
}

export function makeRunDetail(part: Partial<RunDetail> = {}): RunDetail {
  return {
    ...makeRun(),
    sanity: { embedding: { ok: true, shape: [2, 512] }, gradients: { ok: true, checked: 60, failed: [] } },
    epochs: [makeEpoch(1), makeEpoch(2)],
    steps: [
      { step: 1, epoch: 0.5, loss: 5 },
      { step: 2, epoch: 1, loss: 4 },
    ],
    labels: { age: null, gender: ['Male', 'Female'], race: ['White', 'Indian'] },
    counts: { train: 800, validation: 100 },
    notes: [],
    engine: 'ONNX Runtime 1.30.0',
    codeVersion: '0.1.0',
    data: null,
    checkpoints: [{ kind: 'best', epoch: 2, bytes: 44_700_000, at }],
    peakMemoryBytes: null,
    ...part,
  }
}

export function makeRunEstimate(part: Partial<RunEstimate> = {}): RunEstimate {
  return {
    images: { train: 800, validation: 100 },
    steps: 72,
    imagesPerSecond: 80,
    seconds: 1440,
    basis: 'As fast as the last run of the same size on this machine, 80 images/s.',
    memoryBytes: 1.4e9,
    memoryBasis: 'From the size of the network and the batch.',
    diskBytes: 230e6,
    labels: { age: null, gender: ['Male', 'Female'], race: ['White', 'Indian'] },
    isProbe: false,
    quickLook: { probe: null, ofFaces: null, fromRandom: null },
    notes: [],
    ...part,
  }
}

export function makeSweep(part: Partial<SweepSummary> = {}): SweepSummary {
  return {
    id: sweepId.parse(1),
    name: 'Rates',
    plan: { kind: 'grid', axes: [{ path: 'learningRate', values: [0.001, 0.002] }] },
    runIds: [runId.parse(1), runId.parse(2)],
    createdAt: at,
    ...part,
  }
}

export function makeCrossval(part: Partial<CrossvalSummary> = {}): CrossvalSummary {
  return {
    id: crossvalId.parse(1),
    jobId: jobId.parse(1),
    name: 'Cross-validation of Split 1',
    state: 'succeeded',
    splitId: splitId.parse(1),
    splitHash: hashOf('c'),
    folds: 5,
    seed: 1,
    foldHash: hashOf('e'),
    config: trainConfig.parse({ splitId: 1, epochs: 2 }),
    configHash: hashOf('d'),
    labels: { age: null, gender: ['Male', 'Female'], race: ['White', 'Indian'] },
    images: 900,
    foldsDone: 5,
    results: {
      age: null,
      gender: {
        accuracy: makeEstimate(0.8, 900),
        byRace: [{ group: 'White', accuracy: makeEstimate(0.82, 500) }],
        byFold: [1, 2, 3, 4, 5].map(() => makeEstimate(0.8, 180)),
        logLoss: { value: 0.5, n: 900 },
        years: null,
      },
      race: null,
    },
    error: null,
    createdAt: at,
    ...part,
  }
}

export function makeImportedCurves(part: Partial<ImportedCurves> = {}): ImportedCurves {
  return {
    id: curvesId.parse(1),
    name: 'Published run',
    source: '/events/published',
    sha256: hashOf('9'),
    tags: [{ tag: 'val/race', points: 2, firstStep: 10, lastStep: 20 }],
    notes: [],
    createdAt: at,
    ...part,
  }
}

export function makeModel(part: Partial<ModelSummary> = {}): ModelSummary {
  return {
    id: modelId.parse(1),
    name: 'Run 1',
    runId: runId.parse(1),
    crossvalId: null,
    arch: 'resnet18',
    inputSize: 64,
    labels: { age: null, gender: ['Male', 'Female'], race: ['White', 'Indian'] },
    ageReadOut: 'class',
    weightsSha256: hashOf('e'),
    exports: [],
    createdAt: at,
    ...part,
  }
}

/** One copy of the catalogue holds the pictures, and one model has learned from them. */
export function makeErasurePreview(images: readonly ImageId[]): ErasurePreview {
  return {
    images: images.map((id) => ({
      imageId: id,
      dataset: 'faces',
      path: `${id}.jpg`,
      identity: null,
      because: 'asked',
    })),
    rows: { image: images.length, label_event: 2 },
    files: ['/faces/thumbs/a.webp'],
    originals: ['/originals/1.jpg'],
    labelFiles: [],
    backups: ['/faces/backups/catalogue.sqlite'],
    tables: ['/faces/reports/images.csv'],
    effects: [{ kind: 'model', id: 1, name: 'Run 1', images: images.length, outcome: 'marked' }],
    warning: 'This cannot be undone.',
  }
}

export function makeTaskEvaluation(part: Partial<TaskEvaluation> = {}): TaskEvaluation {
  return {
    accuracy: makeEstimate(0.7, 260),
    balancedAccuracy: makeEstimate(0.65, 260),
    macroF1: makeEstimate(0.62, 260),
    oneOff: null,
    years: null,
    byGroup: [
      { grouping: 'race', group: 'White', ...makeEstimate(0.8, 180) },
      { grouping: 'race', group: 'Indian', ...makeEstimate(0.55, 60) },
      { grouping: 'race', group: 'Black', value: 0.4, low: 0.2, high: 0.6, n: 20 },
      { grouping: 'gender', group: 'Female', ...makeEstimate(0.7, 130) },
    ],
    confusion: {
      labels: ['White', 'Indian', 'Black'],
      counts: [
        [144, 30, 6],
        [20, 33, 7],
        [0, 0, 0],
      ],
    },
    missing: 5,
    ...part,
  }
}

export function makeOpening(part: Partial<Opening> = {}): Opening {
  return {
    line: 7,
    hash: hashOf('7'),
    at: '2026-11-30T10:00:00.000Z',
    by: 'Ann',
    reason: 'Release 1',
    modelId: modelId.parse(1),
    model: 'Run 1',
    onnxSha256: hashOf('a'),
    weightsSha256: hashOf('e'),
    splitId: splitId.parse(1),
    split: 'Split 1',
    splitHash: hashOf('c'),
    images: 265,
    certificate: 'none',
    earlier: 0,
    seenByRuns: 0,
    ...part,
  }
}

/** A split whose test part was never opened. */
export function makeLedger(part: Partial<LedgerView> = {}): LedgerView {
  return {
    head: { n: 9, sha256: hashOf('9'), time: '2026-11-30T10:00:00.000Z' },
    openings: [],
    testParts: [
      {
        splitId: splitId.parse(1),
        split: 'Split 1',
        splitHash: hashOf('c'),
        images: 265,
        openings: [],
        elsewhere: 0,
      },
    ],
    ...part,
  }
}

export function makeLedgerVerdict(part: Partial<LedgerVerdict> = {}): LedgerVerdict {
  return {
    lines: 9,
    head: hashOf('9'),
    openings: 1,
    holds: true,
    problems: [],
    remarks: [],
    keptHeadLine: null,
    ...part,
  }
}

export function makeEvaluation(part: Partial<EvaluationDetail> = {}): EvaluationDetail {
  return {
    evaluationId: evaluationId.parse(1),
    tasks: { race: makeTaskEvaluation(), gender: null, age: null },
    modelId: modelId.parse(1),
    model: 'Run 1',
    weightsSha256: hashOf('e'),
    splitId: splitId.parse(1),
    split: 'Split 1',
    splitHash: hashOf('c'),
    part: 'val',
    openings: null,
    testPart: null,
    images: 265,
    intervals: 'Wilson, 95%',
    bootstrap: { seed: 1, replicates: 2000, groups: 265 },
    computedBy: { library: 'onnxruntime-node 1.30.0', arithmetic: 'float32', instead: null },
    rounding: null,
    notes: [],
    createdAt: at,
    ...part,
  }
}

export function makeCopy(part: Partial<CatalogueCopy> = {}): CatalogueCopy {
  return {
    file: '/faces/backups/catalogue.2026-01-02T00-00-00.000Z.requested.sqlite',
    madeAt: '2026-01-02T00:00:00.000Z',
    bytes: 4096,
    sha256: 'a'.repeat(64),
    reason: 'requested',
    rows: { image: 100, act: 3 },
    ...part,
  }
}
