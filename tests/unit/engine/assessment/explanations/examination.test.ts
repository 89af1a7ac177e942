import { expect, it } from 'vitest'
import sharp from 'sharp'
import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { unpackOutcome } from '#engine/base/threads/worker-outcome.ts'
import { predictFor } from '#engine/learning/serving/predict-for.ts'
import { variations } from '#engine/assessment/explanations/domain/vary-picture.ts'
import { pictureToVary } from '#engine/assessment/explanations/examine-tasks.ts'
import { shrinkToVary } from '#engine/assessment/explanations/examine.worker.ts'
import { ExaminationService } from '#engine/assessment/explanations/examination.service.ts'

it(
  'a photograph is made small before it is varied, and a small picture is varied as it is',
  { timeout: 60_000 },
  async () => {
    const draw = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: '#557799' } })
        .png()
        .toBuffer()
    const look = async (width: number, height: number) => {
      const picture = await draw(width, height)
      const { data, ...told } = unpackOutcome(
        pictureToVary,
        await shrinkToVary({ codec: 'sharp', threads: 1, picture, face: null }),
      )
      expect(data).toHaveLength(told.width * told.height * 3)
      expect([...data.subarray(0, 3)]).toEqual([0x55, 0x77, 0x99])
      return told
    }
    expect(await look(4000, 3000)).toEqual({ width: 800, height: 600, factor: 5 })
    expect(await look(300, 200)).toEqual({ width: 300, height: 200, factor: 1 })
    expect(await look(4000, 20)).toEqual({ width: 800, height: 4, factor: 5 })
  },
)

it('whoever leaves waits for no more variations, and nothing is asked', async () => {
  const abort = new AbortController()
  const made: number[] = []
  const asked: unknown[] = []
  const unasked = () => Promise.reject(new Error('This is not asked here'))
  const service = new ExaminationService({
    pictures: { read: () => Promise.resolve({ picture: Uint8Array.of(1), fileSha256: 'a'.repeat(64) }) },
    embeddings: { findLikeFace: unasked },
    pool: {
      threads: 1,
      run: () => Promise.resolve({ width: 1, height: 1, data: new Uint8Array(3), factor: 1 }) as never,
      map: async function* <Task>(tasks: Iterable<Task>) {
        for (const task of tasks) {
          made.push(made.length)
          if (made.length === 3) abort.abort()
          abort.signal.throwIfAborted()
          yield [task, Uint8Array.of(2)] as never
        }
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    codec: 'sharp',
    cores: 1,
    now: () => 0,
    predict: (images) => {
      asked.push(images)
      return unasked()
    },
  })
  await expect(
    service.vary({ of: { picture: sha256.parse('a'.repeat(64)) }, face: null }, abort.signal),
  ).rejects.toThrow('aborted')
  expect(made.length).toBeLessThan(variations.length)
  expect(asked).toEqual([])
})

const line = z.object({ kind: z.string(), subject: z.record(z.string(), z.unknown()) })

it('the access log names the picture that somebody asked about, and not its variations', async () => {
  const lines: z.infer<typeof line>[] = []
  const project = {
    models: { locate: () => ({}), findByFile: () => null },
    openings: { findSealed: () => ({ files: new Set(), split: '' }) },
    purposes: { guarded: () => [], get: () => null },
    accessLog: {
      record: (entry: unknown) => {
        lines.push(line.parse(entry))
        return Promise.resolve()
      },
    },
  }
  const picture = 'c'.repeat(64)
  const images = [1, 2, 3].map((at) => ({ file: `variation ${at}`, bytes: Uint8Array.of(at) }))
  const answer = {
    model: { id: 'made.onnx', name: 'made', sha256: 'd'.repeat(64), guarded: [], purpose: null },
    pictures: images.map((_, at) => String(at).repeat(64)),
    predictions: images.map(({ file }) => ({ file, faces: [] })),
    milliseconds: { decode: 0, inference: 0 },
  }
  const serving = {
    predictor: { predict: () => Promise.resolve(answer) },
    devices: {},
    requireProject: () => project,
    findProject: () => project,
    now: () => 0,
  }
  const ask = (madeFrom?: string) =>
    predictFor(
      serving as never,
      { images, model: { onnxFile: 'made.onnx' } },
      { asker: { kind: 'window' }, ...(madeFrom !== undefined && { madeFrom }) },
    )
  await ask(picture)
  await ask()
  expect(lines.map(({ subject }) => [subject['images'], subject['pictures'], subject['variations']])).toEqual(
    [
      [1, [picture], 3],
      [3, answer.pictures, undefined],
    ],
  )
})
