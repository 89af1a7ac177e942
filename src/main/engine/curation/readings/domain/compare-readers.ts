import { imageId as imageIdSchema } from '#shared/contract/base.contract.ts'
import type { ReadingResult } from '#shared/contract/reading.contract.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { estimateKappa } from './kappa.ts'

/** What two readers said of one image. */
export interface ReadPair {
  readonly imageId: number
  readonly race: string | null
  readonly first: string
  readonly firstActor: string
  readonly second: string
}

export interface SettledPair extends ReadPair {
  readonly revision: number
  readonly settled: ReadingResult['disagreements'][number]['settled']
}

const answerOrder = ['keep', 'remove']

function listAnswers(pairs: readonly ReadPair[]): string[] {
  const given = new Set(pairs.flatMap(({ first, second }) => [first, second]))
  const usual = answerOrder.filter((answer) => given.delete(answer))
  return [...usual, ...[...given].sort()]
}

const countPairs = (pairs: readonly ReadPair[], answers: readonly string[]): number[][] =>
  answers.map((first) =>
    answers.map((second) => pairs.filter((pair) => pair.first === first && pair.second === second).length),
  )

function comparePairs(pairs: readonly ReadPair[], answers: readonly string[]): ReadingResult['overall'] {
  const equal = pairs.filter(({ first, second }) => first === second).length
  return {
    kappa: estimateKappa(countPairs(pairs, answers)),
    agreement: estimateProportion(equal, pairs.length),
  }
}

/** A settled answer stands for both; where nobody can tell, the two go on differing. */
function compareSettled(pairs: readonly SettledPair[]): ReadingResult['overall'] {
  const settled = pairs.map(({ settled: made, ...pair }) => {
    const answer = made?.answer ?? null
    return answer === null ? pair : { ...pair, first: answer, second: answer }
  })
  return comparePairs(settled, listAnswers(settled))
}

/** How far two readers agree, overall and by the race label that the image had when the reading began. */
export function compareReaders(pairs: readonly SettledPair[]): ReadingResult {
  const answers = listAnswers(pairs)
  const groups = [...Map.groupBy(pairs, ({ race }) => race)]
  // By name; images without a label last.
  groups.sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
  return {
    overall: comparePairs(pairs, answers),
    byRace: groups.map(([group, ofGroup]) => ({ group, ...comparePairs(ofGroup, answers) })),
    answers,
    counts: countPairs(pairs, answers),
    disagreements: pairs
      .filter(({ first, second }) => first !== second)
      .map(({ imageId, first, firstActor, second, revision, settled }) => ({
        imageId: imageIdSchema.parse(imageId),
        first,
        firstReviewer: firstActor,
        second,
        revision,
        settled,
      })),
    afterSettling: pairs.some(({ settled }) => settled !== null) ? compareSettled(pairs) : null,
  }
}
