import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32c, maskCrc } from '#engine/networks/tensorboard/crc32c.ts'
import { encodeEvent } from '#engine/networks/tensorboard/event-message.ts'
import { readCurveFiles, readCurves } from '#engine/networks/tensorboard/read-curves.ts'
import { frameRecord } from '#engine/networks/tensorboard/record-frames.ts'
import { chance, pick, type Random } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { mutateBytes, mutateList } from '../mutate.ts'

const file = 'events.out.tfevents.1700000000.hostile'

const payloads: readonly Uint8Array[] = [
  encodeEvent({ wallTime: 1_700_000_000, step: 0, content: { kind: 'version' } }),
  encodeEvent({ wallTime: 1_700_000_000, step: 1, content: { kind: 'start' } }),
  ...[1, 2, 3].map((step) =>
    encodeEvent({
      wallTime: 1_700_000_000 + step,
      step,
      content: {
        kind: 'values',
        values: [
          { kind: 'scalar', tag: 'loss', value: 1 / step },
          { kind: 'scalar', tag: 'constructor', value: step, description: 'a description' },
          { kind: 'text', tag: 'note', text: 'words' },
        ],
      },
    }),
  ),
]

/** A record whose length is told with a checksum that is right, whatever follows. */
function frameWithLength(length: bigint): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeBigUInt64LE(length)
  header.writeUInt32LE(maskCrc(crc32c(header.subarray(0, 8))), 8)
  return new Uint8Array(header)
}

const oddRecord = (random: Random): Uint8Array =>
  chance(random, 0.3)
    ? frameWithLength(
        pick(random, [
          0n,
          1n,
          2n ** 20n,
          2n ** 26n,
          2n ** 26n + 1n,
          2n ** 32n,
          2n ** 53n,
          2n ** 63n,
          2n ** 64n - 1n,
        ]),
      )
    : frameRecord(mutateBytes(pick(random, payloads), random, payloads))

const writeFile = (records: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(records))

export const eventTarget: FuzzTarget = {
  name: 'events',
  file,
  covers: [
    'main/engine/networks/tensorboard/decode-event.ts',
    'main/engine/networks/tensorboard/record-frames.ts',
    'main/engine/networks/tensorboard/scan-records.ts',
  ],
  good: () => [writeFile(payloads.map(frameRecord))],
  make(random, good) {
    if (chance(random, 0.2)) return mutateBytes(pick(random, good), random, good)
    return writeFile(mutateList(payloads.map(frameRecord), random, oddRecord))
  },
  async read(bytes, { folder }) {
    const path = join(folder, file)
    writeFileSync(path, bytes)
    const read = readCurves.parse(await readCurveFiles(path, { throwIfCancelled: () => undefined }))
    for (const { points } of read.curves) {
      const steps = points.filter((_, index) => index % 2 === 0)
      promise(points.length % 2 === 0 && points.length <= 4_002, 'a curve has odd points or too many')
      promise(
        steps.every((step, index) => Number.isFinite(step) && step > (steps[index - 1] ?? -Infinity)),
        'steps do not rise',
      )
    }
  },
}
