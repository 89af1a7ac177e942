import { implement } from '@orpc/server'
import { actId, type DecisionOutcome, type HistoryEntry } from '#shared/contract/decision.contract.ts'
import { contract } from '#shared/contract/contract.ts'
import type { EmbeddingSpaceSummary } from '#shared/contract/embedding.contract.ts'
import type { MapGroups } from '#shared/contract/map.contract.ts'
import { readingId, type ReadingResult, type ReadingSummary } from '#shared/contract/reading.contract.ts'
import { snapshotId } from '#shared/contract/base.contract.ts'
import type { SnapshotSummary } from '#shared/contract/snapshot.contract.ts'
import { makeJob } from './factories.ts'

const os = implement(contract)
const at = '2026-05-04T10:00:00.000Z'

export function makeOutcome(part: Partial<DecisionOutcome> = {}): DecisionOutcome {
  return {
    actId: actId.parse(1),
    title: 'Kept 1 image',
    changed: 1,
    unchanged: 0,
    conflictCount: 0,
    conflicts: [],
    ...part,
  }
}

export function makeReading(part: Partial<ReadingSummary> = {}): ReadingSummary {
  return {
    id: readingId.parse(1),
    check: 'greyscale',
    seed: 1,
    reviewer: 'Second',
    images: 2,
    answered: 0,
    isFinished: false,
    createdAt: at,
    open: [],
    ...part,
  }
}

function makeSnapshot(part: Partial<SnapshotSummary> = {}): SnapshotSummary {
  return {
    id: snapshotId.parse(1),
    name: 'Before',
    note: '',
    reviewer: 'Curator',
    hash: 'a'.repeat(64),
    images: 3,
    createdAt: at,
    ...part,
  }
}

export const noEstimate = { value: null, low: null, high: null, n: 0 }
const noResult: ReadingResult = {
  overall: { kappa: noEstimate, agreement: noEstimate },
  byRace: [],
  answers: [],
  counts: [],
  disagreements: [],
  afterSettling: null,
}

/** Answers about decisions and what hangs on them. */
export function createDecisionProcedures() {
  return {
    settings: {
      get: os.settings.get.handler(() => ({ reviewer: 'Curator', isReviewerChosen: true, copiesKept: 20 })),
      update: os.settings.update.handler(({ input }) => ({
        reviewer: input.reviewer ?? 'Curator',
        isReviewerChosen: input.reviewer !== null,
        copiesKept: input.copiesKept ?? 20,
      })),
    },
    embedding: {
      spaces: os.embedding.spaces.handler((): EmbeddingSpaceSummary[] => []),
      start: os.embedding.start.handler(() => ({ jobId: makeJob().id })),
      neighbours: os.embedding.neighbours.handler(() => ({ space: 'face-128', items: [] })),
    },
    map: {
      start: os.map.start.handler(() => ({ jobId: makeJob().id })),
      groups: os.map.groups.handler((): MapGroups => ({ values: [], imageIds: [], valueOf: [] })),
      points: os.map.points.handler(() => ({
        space: null,
        madeAt: null,
        seed: null,
        isStale: false,
        imageIds: [],
        x: [],
        y: [],
      })),
    },
    decision: {
      decide: os.decision.decide.handler((): DecisionOutcome => makeOutcome()),
      undo: os.decision.undo.handler((): DecisionOutcome => makeOutcome({ title: 'Undo: Kept 1 image' })),
      redo: os.decision.redo.handler((): DecisionOutcome => makeOutcome()),
      state: os.decision.state.handler(() => ({ reviewer: 'Curator', undo: null, redo: null })),
      history: os.decision.history.handler((): { items: HistoryEntry[]; nextCursor: null } => ({
        items: [],
        nextCursor: null,
      })),
      export: os.decision.export.handler(({ input }) => ({
        file: input.file,
        rows: 3,
        sha256: 'a'.repeat(64),
      })),
      import: os.decision.import.handler(({ input }) => ({
        format: input.format ?? ('csv' as const),
        isDryRun: input.isDryRun,
        rows: 0,
        matchedByHash: 0,
        matchedByName: 0,
        repeated: 0,
        matchedByPath: 0,
        changed: 0,
        unchanged: 0,
        newer: 0,
        actId: null,
        problemCount: 0,
        problems: [],
      })),
      progress: os.decision.progress.handler(({ input }) => ({
        check: input.check,
        decided: 312,
        total: 910,
        perMinute: 43,
        minutesLeft: 14,
      })),
    },
    reading: {
      start: os.reading.start.handler((): ReadingSummary => makeReading()),
      list: os.reading.list.handler((): ReadingSummary[] => []),
      get: os.reading.get.handler((): ReadingSummary => makeReading()),
      images: os.reading.images.handler(() => []),
      answer: os.reading.answer.handler((): ReadingSummary => makeReading({ answered: 1 })),
      finish: os.reading.finish.handler((): ReadingSummary => makeReading({ isFinished: true })),
      result: os.reading.result.handler(() => noResult),
      settle: os.reading.settle.handler(() => ({
        ...noResult,
        outcome: { isChanged: true, conflicts: [] },
      })),
    },
    snapshot: {
      create: os.snapshot.create.handler(() => makeSnapshot()),
      list: os.snapshot.list.handler((): SnapshotSummary[] => []),
      get: os.snapshot.get.handler(() => makeSnapshot()),
      diff: os.snapshot.diff.handler(() => ({
        added: 0,
        removed: 0,
        changed: 0,
        labels: 0,
        byTask: { race: 0, gender: 0, age: 0, identity: 0 },
        text: '+0 -0 images, 0 labels changed',
        items: [],
        nextCursor: null,
      })),
    },
  }
}
