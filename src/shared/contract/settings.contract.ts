import * as z from 'zod'
import { procedure } from './base.contract.ts'

/** The name that stands beside each decision. */
export const reviewerName = z.string().trim().min(1).max(100)

export const copiesKept = z.int().min(1).max(1000)

export const userSettings = z.strictObject({
  reviewer: reviewerName,
  /** False while the name is that of the account on this machine. */
  isReviewerChosen: z.boolean(),
  /** How many of the copies that are made by themselves are kept. */
  copiesKept,
})
export type UserSettings = z.infer<typeof userSettings>

export const settingsContract = {
  get: procedure
    .route({ method: 'GET', path: '/settings', summary: "The user's settings", tags: ['settings'] })
    .output(userSettings),
  /** A reviewer of null is the account's name again; what is left out stays as it is. */
  update: procedure
    .route({ method: 'PATCH', path: '/settings', summary: "Change the user's settings", tags: ['settings'] })
    .input(z.object({ reviewer: reviewerName.nullable().optional(), copiesKept: copiesKept.optional() }))
    .output(userSettings),
}
