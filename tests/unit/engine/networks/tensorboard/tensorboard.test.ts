import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { array, assert, nat, property, uint8Array } from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { crc32c } from '#engine/networks/tensorboard/crc32c.ts'
import { drawConfusion } from '#engine/learning/training/draw-confusion.ts'
import { encodePng } from '#engine/networks/tensorboard/encode-png.ts'
import { readEvents } from '#engine/networks/tensorboard/event-files.ts'
import { frameRecord, readRecords } from '#engine/networks/tensorboard/record-frames.ts'
import { RunEvents } from '#engine/learning/training/run-events.ts'
import { listCurves } from '#tests/fixtures/event-curves.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { describedRun, makeEpochRecord, writeReferenceEvents } from '#tests/fixtures/tensorboard-events.ts'

const golden = z
  .object({
    files: z.record(z.string(), z.string()),
    scalars: z.record(z.string(), z.array(z.tuple([z.number(), z.number(), z.number()]))),
    stepsInTabs: z.record(z.string(), z.array(z.number())),
    dataServer: z.record(z.string(), z.array(z.number())),
    resumed: z.object({
      python: z.record(z.string(), z.array(z.number())),
      dataServer: z.record(z.string(), z.array(z.number())),
    }),
    images: z.record(z.string(), z.array(z.tuple([z.number(), z.number(), z.number(), z.number()]))),
    config: z.string(),
    hparams: z.record(z.string(), z.unknown()),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../oracles/golden/tensorboard.json', import.meta.url), 'utf8')),
  )

const count = (from: number, step: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => from + step * index)
const readPdu = Buffer.from(
  '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
  'hex',
)

describe('CRC-32C', () => {
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['32 incrementing', count(0, 1), 0x46dd794e],
    ['32 decrementing', count(31, -1), 0x113fdb5c],
    ['an iSCSI read command', readPdu, 0xd9963a56],
  ])('of %s is as in RFC 3720, B.4', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })
})

describe('records', () => {
  const concatenate = (payloads: readonly Uint8Array[]): Buffer => Buffer.concat(payloads.map(frameRecord))

  it('come back as they were written', () => {
    assert(
      property(array(uint8Array({ maxLength: 40 })), (payloads) => {
        expect([...readRecords(concatenate(payloads))].map((one) => [...one])).toEqual(
          payloads.map((one) => [...one]),
        )
      }),
    )
  })

  it('cut off anywhere give the whole ones before the cut', () => {
    assert(
      property(array(uint8Array({ maxLength: 20 }), { minLength: 1 }), nat(), (payloads, at) => {
        const bytes = concatenate(payloads)
        const cut = at % bytes.length
        const whole = payloads.filter((_, index) => concatenate(payloads.slice(0, index + 1)).length <= cut)
        expect([...readRecords(bytes.subarray(0, cut))]).toHaveLength(whole.length)
      }),
    )
  })

  it('with one damaged byte are not read from there on', () => {
    const payloads = [count(0, 1), count(1, 2), count(2, 3)]
    const bytes = concatenate(payloads)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      expect([...readRecords(damaged)]).toHaveLength(Math.floor(at / frameRecord(count(0, 1)).length))
    }
  })
})

describe('event files', () => {
  it("are byte for byte those that TensorBoard's reader was shown, and read the same here", async () => {
    using folder = makeTemporaryFolder()
    await writeReferenceEvents(folder.path)
    const names = readdirSync(folder.path).sort()
    const hashes = names.map((name) => [name, hashBytes(readFileSync(join(folder.path, name)))])
    expect(Object.fromEntries(hashes)).toEqual(golden.files)

    const curves = listCurves(await readEvents(folder.path))
    const stepsOf = [...curves].map(([tag, points]) => [tag, points.map(([step]) => step)])
    expect(Object.fromEntries(stepsOf)).toEqual(golden.stepsInTabs)
    for (const [tag, points] of Object.entries(golden.scalars)) {
      expect(curves.get(tag)).toEqual(points.map(([step, , value]) => [step, value]))
    }
  })

  it('of earlier versions, whose fields stand in another order, read the same', async () => {
    using folder = makeTemporaryFolder()
    await writeReferenceEvents(folder.path)
    const earlier = new URL('../../../../oracles/golden/earlier-events/', import.meta.url)
    expect(await readEvents(fileURLToPath(earlier))).toEqual(await readEvents(folder.path))
  })

  it("show both of TensorBoard's readers the same, once a resumed run has passed where it was stopped", () => {
    const read = new Map(
      Object.entries(golden.scalars).map(([tag, points]) => [tag, points.map(([step]) => step)]),
    )
    expect(golden.dataServer).toEqual(Object.fromEntries(read))
  })

  it('of a run just resumed show what is taken back in the reader of its screens, not in the one of Python', async () => {
    expect([golden.resumed.python['loss/train_step'], golden.resumed.python['loss/validation']]).toEqual([
      [1, 2, 3, 4, 5, 6, 7],
      [4],
    ])
    // Of each tag alone: until the tag comes to a step again, what stood there before stands.
    expect([
      golden.resumed.dataServer['loss/train_step'],
      golden.resumed.dataServer['loss/validation'],
    ]).toEqual([
      [1, 2, 3, 4, 5, 6, 7],
      [4, 8],
    ])
    using folder = makeTemporaryFolder()
    await writeReferenceEvents(folder.path, { last: 7 })
    const own = listCurves(await readEvents(folder.path))
    expect(own.get('loss/validation')?.map(([step]) => step)).toEqual([4])
  })

  it('show TensorBoard one curve without what was retrained, the image, the text and the choices', () => {
    expect(golden.scalars['loss/train_step']?.map(([step, , value]) => [step, value])).toEqual(
      Array.from({ length: 12 }, (_, index) => [index + 1, index < 4 ? 101 + index : index + 1]),
    )
    expect(golden.images).toEqual({ 'confusion_race/last': [[12, 1, 1, 69]] })
    expect(golden.config).toContain('"learningRate": 0.002')
    expect(golden.hparams).toMatchObject({
      '_hparams_/session_start_info': {
        session_start_info: {
          hparams: {
            arch: 'resnet18',
            'augmentation.flip': true,
            learningRate: 0.002,
            split: '0123456789ab',
          },
        },
      },
      '_hparams_/session_end_info': { session_end_info: { status: 'STATUS_SUCCESS' } },
    })
  })

  it('tell nothing about the machine', async () => {
    using folder = makeTemporaryFolder()
    await writeReferenceEvents(folder.path)
    const names = readdirSync(folder.path)
    const content = names.map((name) => name + readFileSync(join(folder.path, name), 'latin1')).join('')
    expect(content).toContain('backbone.safetensors')
    expect(content).not.toContain('/home/somebody')
    expect(content).not.toContain(hostname())
  })
})

const confusion = {
  gender: [
    [3, 1],
    [0, 4],
  ],
  race: [
    [2, 0],
    [1, 5],
  ],
}

interface Start {
  readonly folder: string
  readonly step: number
  readonly epochsKnown: readonly number[]
  readonly epochsMade: readonly number[]
  readonly notes?: string[]
}

/** One start of a run of three epochs of four steps. */
async function startRun({ folder, step, epochsKnown, epochsMade, notes = [] }: Start): Promise<void> {
  const labels = { age: null, gender: ['Male', 'Female'], race: ['White', 'Black'] }
  await using events = new RunEvents({
    folder,
    run: { ...describedRun, labels },
    now: () => 1_700_000_000_000,
    onClosed: async () => undefined,
    onFailure: (message) => notes.push(message),
  })
  events.start({ step, totalSteps: 12, epochs: epochsKnown.map(makeEpochRecord) })
  for (const epoch of epochsMade) {
    events.addStep({ step: epoch * 4, loss: epoch })
    events.addEpoch({ ...makeEpochRecord(epoch), isBest: epoch !== 2 }, confusion)
  }
  if (epochsMade.includes(3)) events.succeed()
}

describe("a run's events", () => {
  it('hold the best and the last confusion matrices and the end of a run that succeeded', async () => {
    using folder = makeTemporaryFolder()
    await startRun({ folder: folder.path, step: 0, epochsKnown: [], epochsMade: [1, 2, 3] })
    const curves = listCurves(await readEvents(folder.path))
    const stepsOf = (tag: string) => curves.get(tag)?.map(([step]) => step)
    expect(stepsOf('confusion_race/best')).toEqual([4, 12])
    expect(stepsOf('confusion_gender/last')).toEqual([12])
    expect(stepsOf('confusion_age/last')).toBeUndefined()
    expect(stepsOf('race_accuracy/Asian')).toBeUndefined()
    expect(stepsOf('_hparams_/session_end_info')).toEqual([12])
    expect(stepsOf('config')).toEqual([0])
  })

  it('gain an epoch that the checkpoint knows and the killed process did not write', async () => {
    using folder = makeTemporaryFolder()
    await startRun({ folder: folder.path, step: 0, epochsKnown: [], epochsMade: [1] })
    await startRun({ folder: folder.path, step: 8, epochsKnown: [1, 2], epochsMade: [3] })
    const curves = listCurves(await readEvents(folder.path))
    expect(curves.get('loss/train')).toEqual([
      [4, 2],
      [8, 1],
      [12, Math.fround(2 / 3)],
    ])
    expect(curves.get('config')).toHaveLength(1)
  })

  it('start anew, with their head, when the run had no checkpoint yet', async () => {
    using folder = makeTemporaryFolder()
    await startRun({ folder: folder.path, step: 0, epochsKnown: [], epochsMade: [1] })
    await startRun({ folder: folder.path, step: 0, epochsKnown: [], epochsMade: [1, 2, 3] })
    const curves = listCurves(await readEvents(folder.path))
    expect(curves.get('loss/train_step')?.map(([step]) => step)).toEqual([4, 8, 12])
    expect(curves.get('config')).toEqual([[0, null]])
  })

  it('survive a last record that was cut off', async () => {
    using folder = makeTemporaryFolder()
    await startRun({ folder: folder.path, step: 0, epochsKnown: [], epochsMade: [1, 2] })
    const [name = ''] = readdirSync(folder.path)
    const file = join(folder.path, name)
    truncateSync(file, readFileSync(file).length - 3)
    await startRun({ folder: folder.path, step: 8, epochsKnown: [1, 2], epochsMade: [3] })
    const curves = listCurves(await readEvents(folder.path))
    expect(curves.get('loss/train')?.map(([step]) => step)).toEqual([4, 8, 12])
  })

  it('that cannot be written are told once and stop nothing', async () => {
    using folder = makeTemporaryFolder()
    const blocked = join(folder.path, 'file')
    writeFileSync(blocked, '')
    const notes: string[] = []
    await startRun({ folder: blocked, step: 0, epochsKnown: [], epochsMade: [1, 2, 3], notes })
    expect(notes).toEqual([
      expect.stringMatching(
        /^TensorBoard events are incomplete; the training went on without them\. Cannot make the folder .*file: a file of that name lies in its place\./,
      ),
    ])
  })

  it('leave files of other programs alone', async () => {
    using folder = makeTemporaryFolder()
    appendFileSync(join(folder.path, 'events.out.tfevents.1800000000.other.1'), 'not ours')
    await startRun({ folder: folder.path, step: 0, epochsKnown: [], epochsMade: [1] })
    expect(readdirSync(folder.path).sort()).toEqual([
      'events.out.tfevents.1700000000.evenhand.0000',
      'events.out.tfevents.1800000000.other.1',
    ])
  })
})

describe('a drawn confusion matrix', () => {
  it('colours each cell by its share of the row, in a PNG that decodes to the same pixels', async () => {
    const drawing = drawConfusion({ title: 'race', classes: ['White', 'Black'], counts: confusion.race })
    const { data, info } = await sharp(await encodePng(drawing))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: drawing.width, height: drawing.height, channels: 3 })
    expect(data.equals(drawing.data)).toBe(true)
    // The upper left corners of the four cells, where no text stands.
    const cellWidth = 48
    const [left, top] = [5 * 8 + 16, drawing.height - 8 - 2 * 28]
    const colourAt = (row: number, column: number) => {
      const at = ((top + row * 28 + 1) * drawing.width + left + column * cellWidth + 1) * 3
      return [...data.subarray(at, at + 3)]
    }
    expect(colourAt(0, 0)).toEqual([24, 78, 150])
    expect(colourAt(0, 1)).toEqual([255, 255, 255])
    const faint = colourAt(1, 0)
    const strong = colourAt(1, 1)
    expect(faint[0]).toBeGreaterThan(strong[0] ?? 255)
  })
})
