import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { crc32c, maskCrc } from '#engine/networks/tensorboard/crc32c.ts'
import { encodeEvent } from '#engine/networks/tensorboard/event-message.ts'
import { readCurveFiles } from '#engine/networks/tensorboard/read-curves.ts'
import { frameRecord } from '#engine/networks/tensorboard/record-frames.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

/** A record's head whose checksum is right, whatever length it claims. */
function claimLength(length: bigint): Uint8Array {
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(length)
  head.writeUInt32LE(maskCrc(crc32c(head.subarray(0, 8))), 8)
  return head
}

const loss = frameRecord(
  encodeEvent({
    wallTime: 0,
    step: 1,
    content: { kind: 'values', values: [{ kind: 'scalar', tag: 'loss', value: 1 }] },
  }),
)

it.each([2n ** 20n, 2n ** 27n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])(
  'a record that claims %d bytes of a file that has none is cut off, and what stood before it is kept',
  async (length) => {
    using folder = makeTemporaryFolder()
    const path = join(folder.path, 'events.out.tfevents.1.x')
    writeFileSync(path, Buffer.concat([loss, claimLength(length)]))
    const { curves, notes } = await readCurveFiles(path, { throwIfCancelled: () => undefined })
    expect(curves.map(({ tag }) => tag)).toEqual(['loss'])
    expect(notes).toEqual([
      `${path}, record at byte ${loss.length}: the record is cut off; what follows was not read.`,
    ])
  },
)
