import { describe, expect, it } from 'vitest'
import { explanationSettings } from '#shared/contract/explanation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { explainFor } from '#engine/assessment/explanations/explain-for.ts'
import type { MadeExplanation } from '#engine/assessment/explanations/explain-task.ts'

const picture = Uint8Array.of(1, 2, 3)
const sha256 = hashBytes(Uint8Array.of(4))
const settings = explanationSettings.parse({})
const made: MadeExplanation = {
  model: { name: 'made', sha256 },
  picture: {
    sha256: hashBytes(picture),
    width: 1,
    height: 1,
    faces: 0,
    cut: null,
    seen: { x: 0, y: 0, width: 1, height: 1 },
  },
  settings,
  samples: 64,
  regions: { kind: 'slic', width: 1, height: 1, count: 1, labels: '', names: null },
  input: '',
  maps: [],
  notes: [],
  computedBy: { library: 'made', arithmetic: 'float32', instead: null },
  seconds: 1,
}
const progress = { phase: 'Asking about samples', done: 64, total: 1000 }

/** What came of an explanation, in the order of time. */
async function explain({ maps, isCancelled }: { maps: number; isCancelled: boolean }) {
  const events: string[] = []
  const unasked = () => {
    throw new Error('This is not asked here')
  }
  const project = {
    models: { locate: unasked, findNewest: () => undefined, findByFile: () => null },
    openings: { findSealed: unasked },
    purposes: { get: unasked, guarded: () => [] },
    accessLog: {
      record: async (entry: object | (() => object)) => {
        await Promise.resolve()
        expect(entry).toMatchObject({ subject: { modelSha256: sha256, pictures: [hashBytes(picture)] } })
        events.push('line')
      },
    },
  }
  const explaining = explainFor(
    {
      explainer: {
        describe: async () => ({ sha256, heads: ['gender'], guarded: [], purpose: null }),
        explain: async (_model, _asked, { onNews }) => {
          onNews?.({ progress, soFar: null })
          for (let at = 0; at < maps; at++) onNews?.({ progress, soFar: made })
          if (isCancelled) throw new AppError('CANCELLED', 'The explanation was cancelled.')
          return made
        },
      },
      devices: { resolveInference: unasked },
      requireProject: () => project,
      findProject: () => project,
      now: () => 0,
    },
    { picture, model: { onnxFile: 'made.onnx' }, settings },
    {
      asker: { kind: 'window' },
      signal: new AbortController().signal,
      onNews: ({ soFar }) => void events.push(soFar === null ? 'progress' : 'map'),
    },
  )
  await explaining.then(
    () => events.push('answer'),
    () => events.push('cancelled'),
  )
  return events
}

describe('the access log', () => {
  it('has its line before a first map is seen, also where the rest is cancelled', async () => {
    expect(await explain({ maps: 2, isCancelled: true })).toEqual([
      'progress',
      'line',
      'map',
      'map',
      'cancelled',
    ])
  })

  it('has one line of an explanation that was seen to its end', async () => {
    expect(await explain({ maps: 1, isCancelled: false })).toEqual(['progress', 'line', 'map', 'answer'])
    expect(await explain({ maps: 0, isCancelled: false })).toEqual(['progress', 'line', 'answer'])
  })

  it('has none where nothing was seen', async () => {
    expect(await explain({ maps: 0, isCancelled: true })).toEqual(['progress', 'cancelled'])
  })
})
