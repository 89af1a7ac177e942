import type { FileHandle } from 'node:fs/promises'
import { AppError } from '#shared/contract/errors.ts'
import { findStandIn, standInHeadBytes, type StandIn } from '#shared/domain/stand-in.ts'

/**
 * @param bytes the file or its beginning, as `findStandIn` takes it
 * @param name what the file is called in messages, as "The label file /x.csv"
 * @throws AppError INVALID_INPUT where something else lies in the place of a file that was never fetched
 */
export function refuseStandIn(bytes: Uint8Array, name: string): void {
  const standIn = findStandIn(bytes)
  if (standIn !== null) throw new AppError('INVALID_INPUT', `${name} is ${standIn.what}: ${standIn.advice}.`)
}

/** What lies in the place of a file that is open, or null; where the file is read from next stays as it was. */
export async function findStandInOf(handle: FileHandle): Promise<StandIn | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(standInHeadBytes), 0, standInHeadBytes, 0)
  return findStandIn(buffer.subarray(0, bytesRead))
}
