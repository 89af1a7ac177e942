import { describe, expect, it } from 'vitest'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { FoldTally, type TalliedPrediction } from '#engine/learning/crossval/domain/fold-tally.ts'

const answer: TalliedPrediction = {
  fold: 1,
  labelled: 0,
  predicted: 0,
  race: 'Black',
  labelledYears: null,
  years: null,
  probabilities: [0.5, 0.5],
}

function tally(...answers: readonly Partial<TalliedPrediction>[]) {
  const made = new FoldTally({ races: ['White', 'Black', 'Asian'], folds: 2 })
  for (const one of answers) made.add({ ...answer, ...one })
  return made.result
}

describe('out-of-sample answers', () => {
  it('are counted as a whole, by race in the order of the races, and by fold', () => {
    const result = tally({}, { predicted: 1, race: 'White', fold: 2 }, { race: null }, { labelled: null })
    expect(result).toMatchObject({
      accuracy: estimateProportion(2, 3),
      byRace: [
        { group: 'White', accuracy: estimateProportion(0, 1) },
        { group: 'Black', accuracy: estimateProportion(1, 1) },
      ],
      byFold: [estimateProportion(2, 2), estimateProportion(0, 1)],
    })
  })

  it('lose the negative logarithm of the given probability, which stays finite where the model is sure and wrong', () => {
    const { logLoss } = tally({ probabilities: [0.25, 0.75] }, { probabilities: [0, 1] })
    expect(logLoss).toEqual({ value: (Math.log(4) + 23 * Math.log(2)) / 2, n: 2 })
    expect(tally({ probabilities: null }).logLoss).toBeNull()
  })

  it('are measured in years where the model gives and the image has them', () => {
    const { years } = tally({ years: 33, labelledYears: 30 }, { years: 39, labelledYears: 40 }, { years: 5 })
    expect(years).toEqual({ n: 2, mae: 2, rmse: Math.sqrt(5), bias: 1 })
    expect(tally({}).years).toBeNull()
  })
})
