import * as z from 'zod'
import { guardedTasks } from '../domain/guarded-tasks.ts'
import { fromPath, procedure, timestamp } from './base.contract.ts'

export const purposeId = z.int().positive().brand<'PurposeId'>()
export type PurposeId = z.infer<typeof purposeId>

const guardedTask = z.enum(guardedTasks)
const taskList = z.array(guardedTask).max(guardedTasks.length)

const words = (most: number) => z.string().trim().min(1).max(most)

/** What stands in answers, in exported files and on cards: who asks for these labels, what for and until when. */
export const namedPurpose = z.strictObject({
  id: purposeId,
  tasks: taskList.min(1),
  who: words(200),
  what: words(1000),
  /** The last day, in UTC. */
  until: z.iso.date(),
})
export type NamedPurpose = z.infer<typeof namedPurpose>

export const purpose = namedPurpose.extend({
  recordedAt: timestamp,
  recordedBy: z.string(),
  endedAt: timestamp.nullable(),
  state: z.enum(['open', 'expired', 'ended']),
})
export type Purpose = z.infer<typeof purpose>

export const purposeRequest = namedPurpose.omit({ id: true })
export type PurposeRequest = z.infer<typeof purposeRequest>

export const purposeList = z.strictObject({
  purposes: z.array(purpose),
  /** Tasks that the service, `predict` and exports answer only under a purpose. */
  guarded: taskList,
})
export type PurposeList = z.infer<typeof purposeList>

const tags = ['purposes']

export const purposeContract = {
  list: procedure
    .route({ method: 'GET', path: '/purposes', summary: 'Recorded purposes, newest first', tags })
    .output(purposeList),
  record: procedure
    .route({ method: 'POST', path: '/purposes', summary: 'Record a purpose', tags })
    .input(purposeRequest)
    .output(purpose),
  end: procedure
    .route({ method: 'POST', path: '/purposes/{purposeId}/end', summary: 'End a purpose', tags })
    .input(z.object({ purposeId: fromPath(purposeId) }))
    .output(purpose),
  /** Race is guarded whatever is asked for. */
  guard: procedure
    .route({ method: 'PUT', path: '/purposes/guarded', summary: 'Say which tasks want a purpose', tags })
    .input(z.object({ tasks: taskList }))
    .output(purposeList),
}
