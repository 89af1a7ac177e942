import * as z from 'zod'
import { estimate, task, timestamp } from './base.contract.ts'

/** Whether image properties give a label away: what a model could learn in place of the face. */
export const shortcutReport = z.strictObject({
  /** Null where it has not been measured yet. */
  madeAt: timestamp.nullable(),
  tasks: z.array(
    z.strictObject({
      task,
      images: z.int().nonnegative(),
      labels: z.array(z.string()),
      /** Balanced accuracy of guessing: 1 over the number of labels. */
      chance: z.number(),
      /** Balanced accuracy out of sample, from all properties together. */
      together: estimate,
      /** The interval of `together` lies more than 0.1 above chance. */
      isRisk: z.boolean(),
      /** From each property alone, the most telling first. */
      properties: z.array(z.strictObject({ name: z.string(), accuracy: estimate })),
    }),
  ),
})
export type ShortcutReport = z.infer<typeof shortcutReport>
