import { closeSync, openSync, readSync } from 'node:fs'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { createDamageError } from './catalogue-error.ts'

/** https://sqlite.org/walformat.html: sizes of the log's header and of what stands before each page in it. */
const headerBytes = 32
const frameHeaderBytes = 24
const magic = 0x37_7f_06_82
const indexHeaderBytes = 48

interface LogIndex {
  /** How many pages the log held after the last commit. */
  readonly frames: number
  /** How many of them the catalogue holds as well. */
  readonly copied: number
  readonly salts: Buffer
}

function readBytes(path: string, work: (read: (at: number, length: number) => Buffer) => void): boolean {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return false
    throw error
  }
  try {
    work((at, length) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, at))
    })
    return true
  } finally {
    closeSync(descriptor)
  }
}

type Sums = readonly [number, number]

/** SQLite's own checksum over pairs of 32-bit words. */
function addSums(bytes: Buffer, [first, second]: Sums, isBigEndian: boolean): Sums {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let [a, b] = [first, second]
  for (let at = 0; at + 8 <= bytes.byteLength; at += 8) {
    a = (a + view.getUint32(at, !isBigEndian) + b) >>> 0
    b = (b + view.getUint32(at + 4, !isBigEndian) + a) >>> 0
  }
  return [a, b]
}

const hasSums = (bytes: Buffer, at: number, [a, b]: Sums): boolean =>
  bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b

/** What an earlier process last noted of the log; null where it left no note, or none that is whole. */
function readIndex(path: string): LogIndex | null {
  let index: LogIndex | null = null
  readBytes(path, (read) => {
    const bytes = read(0, 2 * indexHeaderBytes + 4)
    if (bytes.byteLength < 2 * indexHeaderBytes + 4) return
    const header = bytes.subarray(0, indexHeaderBytes)
    // Its numbers are in the order of the machine that wrote it, which is this one's where the sum is right.
    const sums = addSums(header.subarray(0, 40), [0, 0], false)
    const isWhole = sums[0] === header.readUInt32LE(40) && sums[1] === header.readUInt32LE(44)
    if (!isWhole || !header.equals(bytes.subarray(indexHeaderBytes, 2 * indexHeaderBytes))) return
    index = {
      frames: header.readUInt32LE(16),
      copied: bytes.readUInt32LE(2 * indexHeaderBytes),
      salts: Buffer.from(header.subarray(32, 40)),
    }
  })
  return index
}

/** How many pages from the start of the log SQLite will believe; null for a log whose header it does not. */
function countWholeFrames(path: string, { frames, salts }: LogIndex): number | null {
  let count: number | null = null
  readBytes(path, (read) => {
    const header = read(0, headerBytes)
    if (header.byteLength < headerBytes) return
    const mark = header.readUInt32BE(0)
    const isBigEndian = mark === magic + 1
    let sums = addSums(header.subarray(0, 24), [0, 0], isBigEndian)
    if ((mark !== magic && !isBigEndian) || !hasSums(header, 24, sums)) return
    // A log that was begun anew since: after a power cut the older note may be what has reached the disk.
    if (!header.subarray(16, 24).equals(salts)) {
      count = frames
      return
    }
    const pageBytes = header.readUInt32BE(8)
    for (count = 0; count < frames; count++) {
      const frame = read(headerBytes + count * (frameHeaderBytes + pageBytes), frameHeaderBytes + pageBytes)
      if (frame.byteLength < frameHeaderBytes + pageBytes || !frame.subarray(8, 16).equals(salts)) return
      sums = addSums(frame.subarray(0, 8), sums, isBigEndian)
      sums = addSums(frame.subarray(frameHeaderBytes), sums, isBigEndian)
      if (!hasSums(frame, 16, sums)) return
    }
  })
  return count
}

/**
 * Throws PRECONDITION where what a process wrote before it ended is no longer all in the log it left: SQLite takes such a
 * log for a shorter one and goes back to an earlier state without a word. Call it while no connection is open in this
 * process, since closing a file gives up the locks of a process on it.
 */
export function checkLog(catalogue: string): void {
  const note = `${catalogue}-shm`
  const index = readIndex(note)
  if (index === null || index.frames === 0) return
  const whole = countWholeFrames(`${catalogue}-wal`, index)
  if (whole === null ? index.copied >= index.frames : whole >= index.frames) return
  throw createDamageError(catalogue, {
    finding: `of ${index.frames} pages that were last changed, its log ${catalogue}-wal has lost ${index.frames - (whole ?? 0)}`,
    orElse: `To go on without those changes, remove ${note} and open it again.`,
  })
}
