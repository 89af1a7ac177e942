import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { encodeEvent } from '#engine/networks/tensorboard/event-message.ts'
import { readCurveFiles } from '#engine/networks/tensorboard/read-curves.ts'
import { frameRecord } from '#engine/networks/tensorboard/record-frames.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const golden = join(import.meta.dirname, '../../../../oracles/golden/event-files')
const simple = join(golden, 'simple')
const simpleFile = join(simple, 'events.out.tfevents.1700000000.writer.0')
const points = z.record(z.string(), z.array(z.tuple([z.number(), z.number().nullable()])))
const expected = z
  .object({ simple: points, tensors: points })
  .parse(JSON.parse(readFileSync(join(golden, 'curves.json'), 'utf8')))

const folder = makeTemporaryFolder()
const opened = openEngine(join(folder.path, 'home'))
const { client } = opened

beforeAll(() => client.project.create({ folder: join(folder.path, 'project') }))
afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const scalar = (step: number, value: number, tag = 'loss'): Uint8Array =>
  frameRecord(
    encodeEvent({ wallTime: 0, step, content: { kind: 'values', values: [{ kind: 'scalar', tag, value }] } }),
  )

function writeFile(name: string, parts: readonly Uint8Array[]): string {
  const path = join(folder.path, name)
  writeFileSync(path, Buffer.concat(parts))
  return path
}

async function importAll(path: string, name?: string) {
  const imported = await client.run.importCurves({ path, name })
  const curves = await client.run.curves({ curvesId: imported.id })
  const read = Object.fromEntries(
    curves.map((curve) => [curve.tag, curve.points.map(({ step, value }) => [step, value])]),
  )
  return { imported, read }
}

describe('curves of other programs', () => {
  it("are those that TensorBoard's own reader sees, of simple values and of tensors, restarts included", async () => {
    expect((await importAll(simple)).read).toEqual(expected.simple)
    expect((await importAll(join(golden, 'tensors'))).read).toEqual(expected.tensors)
  })

  it('keep their name, their source, its hash and what each holds', async () => {
    const { imported } = await importAll(simpleFile, 'Other program')
    expect(imported).toMatchObject({
      name: 'Other program',
      source: simpleFile,
      sha256: hashBytes(readFileSync(simpleFile)),
      notes: [],
    })
    expect(imported.tags).toContainEqual({ tag: 'Loss/train', points: 12, firstStep: 0, lastStep: 11 })
    const [newest] = await client.run.importedCurves()
    expect(newest).toEqual(imported)
    expect(await client.run.curves({ curvesId: imported.id, tags: ['odd'] })).toEqual([
      {
        tag: 'odd',
        points: [
          { step: 0, value: null },
          { step: 1, value: 3 },
        ],
      },
    ])
  })

  it('are kept up to where a file is cut off, and the byte is named', async () => {
    const whole = scalar(1, 0.5)
    const path = writeFile('cut.tfevents', [whole, scalar(2, 0.25).subarray(0, 20)])
    const { imported, read } = await importAll(path)
    expect(read).toEqual({ loss: [[1, 0.5]] })
    expect(imported.notes).toEqual([
      `${path}, record at byte ${whole.length}: the record is cut off; what follows was not read.`,
    ])
  })

  it('are kept around a damaged record, which is named', async () => {
    const damaged = Uint8Array.from(scalar(2, 0.25))
    damaged[15] = (damaged[15] ?? 0) ^ 1
    const path = writeFile('damaged.tfevents', [scalar(1, 0.5), damaged, scalar(3, 0.125)])
    const { imported, read } = await importAll(path)
    expect(read).toEqual({
      loss: [
        [1, 0.5],
        [3, 0.125],
      ],
    })
    expect(imported.notes).toEqual([
      `${path}, record at byte ${scalar(1, 0.5).length}: its checksum is wrong; it was left out.`,
    ])
  })

  it('are kept around an intact record that is no event', async () => {
    const path = writeFile('odd.tfevents', [frameRecord(Buffer.from([0xff, 0xff, 0xff])), scalar(1, 0.5)])
    const { imported, read } = await importAll(path)
    expect(read).toEqual({ loss: [[1, 0.5]] })
    expect(imported.notes[0]).toContain('record at byte 0: it is no TensorBoard event')
  })

  it('lose what a restart took back, also by the first one that a folder holds, as in a resumed run of PyTorch', async () => {
    const run = join(folder.path, 'resumed')
    mkdirSync(run)
    const start = frameRecord(encodeEvent({ wallTime: 2, step: 3, content: { kind: 'start' } }))
    writeFile('resumed/1.tfevents', [scalar(1, 0.5), scalar(2, 0.25), scalar(3, 0.3), scalar(4, 0.2)])
    writeFile('resumed/2.tfevents', [start, scalar(3, 0.75)])
    expect((await importAll(run)).read).toEqual({
      loss: [
        [1, 0.5],
        [2, 0.25],
        [3, 0.75],
      ],
    })
  })

  it('are kept around a step that no number can hold, which is named', async () => {
    const path = writeFile('far.tfevents', [scalar(1, 0.5), scalar(2 ** 53, 0.25)])
    const { imported, read } = await importAll(path)
    expect(read).toEqual({ loss: [[1, 0.5]] })
    expect(imported.notes[0]).toContain(
      'its step, about 9007199254740992, is beyond what a curve can tell apart',
    )
  })

  it('of a long training are thinned evenly, the first and the newest kept', async () => {
    const path = writeFile(
      'long.tfevents',
      Array.from({ length: 9001 }, (_, step) => scalar(step, step)),
    )
    const { imported, read } = await importAll(path)
    const steps = (read['loss'] ?? []).map(([step]) => step ?? 0)
    expect(steps.length).toBeLessThan(2001)
    expect([steps[0], steps.at(-1)]).toEqual([0, 9000])
    expect(new Set(steps.slice(1, -1).map((step, index) => step - (steps[index] ?? 0))).size).toBe(1)
    expect(imported.notes).toEqual(['Curves thinned evenly to between 1000 and 2000 points: 1.'])
  })

  it('beyond the first 500 are left out, which is said', async () => {
    const path = writeFile(
      'many.tfevents',
      Array.from({ length: 510 }, (_, tag) => scalar(1, 1, `tag ${tag}`)),
    )
    const { imported } = await importAll(path)
    expect(imported.tags).toHaveLength(500)
    expect(imported.notes).toEqual(['Curves beyond the first 500 were left out: tag 500 and others.'])
  })
})

describe('what holds no curves', () => {
  it('is refused by name: a file that is none, and one that is empty', async () => {
    const letter = writeFile('letter.txt', [Buffer.from('This is a letter, not an event file.')])
    await expect(client.run.importCurves({ path: letter })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `No curve could be read from letter.txt. ${letter}, record at byte 0: the checksum of its length is wrong; what follows was not read.`,
    })
    await expect(client.run.importCurves({ path: writeFile('empty.tfevents', []) })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'No curve could be read from empty.tfevents. It has no scalar values.',
    })
  })

  it('is refused by name: a folder without event files, and a path that does not exist', async () => {
    const bare = join(folder.path, 'bare')
    mkdirSync(bare)
    await expect(client.run.importCurves({ path: bare })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('has no TensorBoard event files'),
    })
    await expect(client.run.importCurves({ path: join(bare, 'missing') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('leaves nothing in the project', async () => {
    const before = await client.run.importedCurves()
    await expect(client.run.importCurves({ path: writeFile('none', [new Uint8Array(5)]) })).rejects.toThrow(
      'No curve could be read from none.',
    )
    expect(await client.run.importedCurves()).toEqual(before)
  })
})

describe('reading', () => {
  it('a record larger than the read buffer, and one that is no scalar for its size, goes on behind them', async () => {
    const text = (bytes: number) =>
      frameRecord(
        encodeEvent({
          wallTime: 0,
          step: 0,
          content: { kind: 'values', values: [{ kind: 'text', tag: 'notes', text: 'x'.repeat(bytes) }] },
        }),
      )
    const path = writeFile('large.tfevents', [text(3 * 2 ** 20), scalar(1, 0.5)])
    appendFileSync(path, text(65 * 2 ** 20))
    appendFileSync(path, scalar(2, 0.25))
    const { curves, notes } = await readCurveFiles(path, { throwIfCancelled: () => undefined })
    expect(curves.map(({ tag, points: pairs }) => [tag, [...pairs]])).toEqual([['loss', [1, 0.5, 2, 0.25]]])
    expect(notes).toEqual([
      expect.stringMatching(/its \d+ bytes are too many for scalars; it was left out\.$/),
    ])
  })

  it('stops when it is cancelled', async () => {
    const stop = () => {
      throw new Error('cancelled')
    }
    await expect(readCurveFiles(simpleFile, { throwIfCancelled: stop })).rejects.toThrow('cancelled')
  })

  it('names the curves of folders within a folder by their place', async () => {
    const log = join(folder.path, 'log')
    for (const name of ['train', 'validation']) {
      mkdirSync(join(log, name), { recursive: true })
      copyFileSync(simpleFile, join(log, name, 'events.out.tfevents.1'))
    }
    const { curves } = await readCurveFiles(log, { throwIfCancelled: () => undefined })
    expect(curves.map(({ tag }) => tag).filter((tag) => tag.endsWith('/odd'))).toEqual([
      'train/odd',
      'validation/odd',
    ])
  })
})
