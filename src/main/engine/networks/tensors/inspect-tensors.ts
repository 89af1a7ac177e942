import { closeSync, openSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { IntegrityCheck } from '#shared/contract/integrity.contract.ts'
import type { CheckContext } from '#engine/base/integrity/integrity-source.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { erasedEntry, listTensorRecords, readTensor, tensorBytes } from './tensor-cache.ts'

const advice = 'Nothing to do: the image is decoded again when it is next needed.'
const entriesPerTurn = 200
/** What is left of the entry of a picture that was erased. */
const erased = '0'.repeat(64)

async function listIndexes(cacheFolder: string): Promise<{ stem: string; inputSize: number }[]> {
  const names = await readdir(cacheFolder).catch((error: unknown) => {
    if (readSystemErrorCode(error) === 'ENOENT') return []
    throw mapSystemError(error, { action: 'read', path: cacheFolder })
  })
  return names.flatMap((name) => {
    const [, stem, size] = /^(tensors-(\d+)-\w+)[.]index$/.exec(name) ?? []
    return stem === undefined ? [] : [{ stem: join(cacheFolder, stem), inputSize: Number(size) }]
  })
}

/**
 * Every entry of the caches of decoded images beside its checksum, and beside the images there are.
 * @param isKnown whether an image of the catalogue has these pixels
 */
export async function* inspectTensors(
  cacheFolder: string,
  { signal, report, isQuick }: CheckContext,
  isKnown: (pixelSha256: string) => boolean,
): AsyncGenerator<IntegrityCheck, void, void> {
  for (const { stem, inputSize } of await listIndexes(cacheFolder)) {
    const [index, tensors] = [`${stem}.index`, `${stem}.bin`]
    // Of entries that were made again, the last counts, as for whoever reads them.
    const entries = listTensorRecords(await readFile(index))
    const records = [...new Map(entries.map((one) => [one.pixelSha256, one])).values()].filter(
      ({ pixelSha256 }) => pixelSha256 !== erasedEntry,
    )
    const descriptor = openSync(tensors, 'r')
    try {
      const buffer = new Uint8Array(tensorBytes(inputSize))
      for (const [at, { pixelSha256, row, crc }] of records.entries()) {
        if (pixelSha256 === erased) continue
        const isStray = !isKnown(pixelSha256)
        const holds = !isStray && (isQuick || readTensor(descriptor, { row, crc }, buffer))
        yield {
          kind: 'decoded-images',
          subject: `${isStray ? index : tensors}, entry ${row}`,
          expected: isStray ? 'the pixels of an image' : `CRC-32 ${crc.toString(16)}`,
          found: holds ? `CRC-32 ${crc.toString(16)}` : isStray ? pixelSha256 : 'other bytes',
          holds,
          advice: holds ? null : advice,
        }
        if (at % entriesPerTurn === 0) {
          signal.throwIfAborted()
          report(at, records.length)
          await yieldToEvents()
        }
      }
    } finally {
      closeSync(descriptor)
    }
  }
}
