import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { acquireExclusiveLock, type ExclusiveLock } from '#engine/base/db/exclusive-lock.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import type { ProjectFolder } from './project-folder.ts'

const lockHolder = z.object({ pid: z.int(), host: z.string(), since: z.string() })
type LockHolder = z.infer<typeof lockHolder>

const readText = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return null
    throw mapSystemError(error, { action: 'read', path: file })
  }
}

/** Who holds the lock, for the message only: the lock itself is the operating system's. */
function readHolder(file: string): LockHolder | null {
  try {
    return lockHolder.parse(JSON.parse(readText(file) ?? ''))
  } catch {
    // Missing or half written: the message then does without a name.
    return null
  }
}

function describeHolder(holder: LockHolder | null): string {
  return holder === null
    ? 'another Evenhand process'
    : `process ${holder.pid} on ${holder.host} since ${holder.since}`
}

/**
 * Keeps every other process (and every other engine of this one) out of a project until released.
 * Throws CONFLICT naming the holder when somebody else has it open.
 *
 * @param since now, as an ISO timestamp
 */
export function lockProject(project: ProjectFolder, since: string): ExclusiveLock {
  const lock = acquireExclusiveLock(project.lock)
  if (lock === null) {
    const holder = readHolder(project.lockHolder)
    throw new AppError(
      'CONFLICT',
      `The project ${project.path} is already open in ${describeHolder(holder)}. Close it there, then try again.`,
      { details: { path: project.path, pid: holder?.pid ?? null, host: holder?.host ?? null } },
    )
  }
  const holder = `${JSON.stringify({ pid: process.pid, host: hostname(), since } satisfies LockHolder)}\n`
  try {
    writeFileSync(project.lockHolder, holder)
  } catch (error) {
    lock.release()
    throw mapSystemError(error, { action: 'write', path: project.lockHolder })
  }
  return {
    release: () => {
      try {
        // Where the project was moved away, the name may be another holder's by now.
        if (readText(project.lockHolder) === holder) rmSync(project.lockHolder, { force: true })
      } finally {
        lock.release()
      }
    },
  }
}
