import { ageBinLabels } from '#shared/domain/label-schemes.ts'

/** Nine bins for nine digits. */
export const ageChoices: readonly string[] = ageBinLabels
