import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { countTimes } from '#shared/domain/format.ts'
import { partTitles } from './task-words.ts'

/** What a picture of an evaluation's figures comes from, for those who meet it outside of the window. */
export const describeSource = ({
  model,
  weightsSha256,
  split,
  splitHash,
  part,
  openings,
}: EvaluationDetail): string =>
  `Model ${model} (SHA-256 ${weightsSha256.slice(0, 16)}…) on the ${partTitles[part].toLowerCase()} part of ${split} (SHA-256 ${splitHash.slice(0, 16)}…)${openings === null ? '' : `, opened ${countTimes(openings)}`}`
