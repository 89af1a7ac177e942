import { describe, expect, it } from 'vitest'
import { ageBins, binOfYears } from '#shared/domain/label-schemes.ts'
import { auditAgeGate } from '#engine/assessment/metrics/domain/age-gate.ts'
import { crossGroups, type TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { compareSamePeople } from '#engine/assessment/metrics/domain/same-person.ts'
import { makeRecords } from '../../../../../fixtures/task-records.ts'

const bin = (years: number): number => ageBins.findIndex(({ label }) => label === binOfYears(years))

interface Face {
  readonly labelled: number
  readonly predicted: number
  readonly gender?: string
  readonly person?: number
}

const recordAges = (faces: readonly Face[]): TaskRecords =>
  makeRecords({
    task: 'age',
    labels: ageBins.map(({ label }) => label),
    labelled: faces.map(({ labelled }) => bin(labelled)),
    predicted: faces.map(({ predicted }) => bin(predicted)),
    years: {
      labelled: faces.map(({ labelled }) => labelled),
      predicted: faces.map(({ predicted }) => predicted),
    },
    clusters: faces.map(({ person }, image) => person ?? image),
    gender: faces.map(({ gender = 'all' }) => gender),
  })

const audit = (records: TaskRecords, changed: Partial<{ age: number; limit: number; fewest: number }> = {}) =>
  auditAgeGate(records, {
    age: 18,
    limit: 0.05,
    fewest: 30,
    cells: crossGroups(records, ['gender']),
    ...changed,
  })

const repeat = (count: number, face: Face): Face[] => Array.from({ length: count }, () => face)

describe('an age gate', () => {
  it('counts minors let through and adults turned away, with exact intervals', () => {
    const records = recordAges([
      ...repeat(3, { labelled: 15, predicted: 19 }),
      ...repeat(84, { labelled: 15, predicted: 14 }),
      ...repeat(10, { labelled: 30, predicted: 17.9 }),
      ...repeat(40, { labelled: 18, predicted: 18 }),
    ])
    const rates = audit(records)?.groups[0]?.rates[0]
    // scipy.stats.binomtest(3, 87).proportion_ci(method='exact')
    expect(rates?.falseAdult.low).toBeCloseTo(0.007168419730159728, 9)
    expect(rates?.falseAdult.high).toBeCloseTo(0.09748083422426229, 9)
    expect(rates).toMatchObject({
      challenge: 18,
      falseAdult: { value: 3 / 87, n: 87 },
      falseMinor: { value: 0.2, n: 50 },
    })
  })

  it('names the lowest challenge that holds in every group that can be judged', () => {
    const records = recordAges([
      ...repeat(150, { labelled: 15, predicted: 14, gender: 'a' }),
      ...repeat(140, { labelled: 15, predicted: 14, gender: 'b' }),
      ...repeat(10, { labelled: 16, predicted: 22.5, gender: 'b' }),
      ...repeat(5, { labelled: 16, predicted: 31, gender: 'c' }),
    ])
    expect(audit(records)?.lowest).toEqual({ challenge: 23, limit: 0.05, groupsJudged: 2 })
    expect(audit(records, { limit: 0.001 })?.lowest.challenge).toBeNull()
    expect(audit(records, { fewest: 1000 })?.lowest).toEqual({
      challenge: null,
      limit: 0.05,
      groupsJudged: 0,
    })
  })

  it('judges no group by the pictures of one person', () => {
    const records = recordAges([
      ...repeat(150, { labelled: 15, predicted: 14, gender: 'a' }),
      ...repeat(40, { labelled: 15, predicted: 31, gender: 'b' }),
    ])
    const alone = { ...records, clusters: Int32Array.from(records.clusters, (one) => Math.min(one, 150)) }
    expect(audit(alone)?.groups[1]?.rates[0]?.falseAdult).toEqual({ value: 1, low: null, high: null, n: 40 })
    expect(audit(alone)?.lowest).toEqual({ challenge: 18, limit: 0.05, groupsJudged: 1 })
  })

  it('cannot be decided by bins that hold the age', () => {
    const { years, ...bins } = recordAges(repeat(40, { labelled: 15, predicted: 14 }))
    expect(years).toBeDefined()
    for (const age of [13, 16, 18, 21]) expect(audit(bins, { age })).toBeNull()
    expect(audit(bins, { age: 20 })?.groups[0]?.rates.map(({ challenge }) => challenge)).toEqual([20, 30])
  })

  it('counts images whose label is a bin that holds the age on neither side', () => {
    const records = recordAges(repeat(4, { labelled: 15, predicted: 14 }))
    const withBins = {
      ...records,
      years: { ...records.years!, labelled: Float64Array.of(15, NaN, NaN, NaN) },
    }
    expect(audit(withBins)).toMatchObject({ undecided: 3 })
    expect(audit(withBins)?.groups[0]?.rates[0]?.falseAdult.n).toBe(1)
  })

  it('is wider for pictures of few people than for as many people', () => {
    const faces = [
      ...repeat(60, { labelled: 15, predicted: 19 }),
      ...repeat(240, { labelled: 15, predicted: 14 }),
    ]
    const width = (records: TaskRecords): number => {
      const rate = audit(records)?.groups[0]?.rates[0]?.falseAdult
      return (rate?.high ?? 0) - (rate?.low ?? 0)
    }
    const repeated = recordAges(faces.map((face, image) => ({ ...face, person: Math.floor(image / 10) })))
    expect(width(repeated)).toBeGreaterThan(2 * width(recordAges(faces)))
  })
})

describe('same person, same answer', () => {
  it('counts people whose pictures are answered apart, and passes over copies of a picture', () => {
    const records = recordAges([
      { labelled: 30, predicted: 25, person: 0 },
      { labelled: 30, predicted: 35, person: 0 },
      { labelled: 40, predicted: 41, person: 1 },
      { labelled: 44, predicted: 45, person: 1 },
      { labelled: 50, predicted: 50, person: 2 },
      { labelled: 50, predicted: 50, person: 2 },
    ])
    const pictures = ['a', 'b', 'c', 'd', 'e', 'e']
    const depicted = { cells: crossGroups(records, ['gender']), pictures, people: records.clusters }
    const [all] = compareSamePeople(records, depicted)
    expect(all?.flips).toMatchObject({ value: 0.5, n: 2 })
    // The second person aged four years between pictures, as the answers say.
    expect(all?.spreadYears?.value).toBeCloseTo(Math.sqrt(50) / 2, 10)
    // Near copies that stand together for sampling are nobody's where no person is known.
    const nobody = compareSamePeople(records, { ...depicted, people: records.clusters.map(() => -1) })
    expect(nobody[0]?.flips.n).toBe(0)
  })
})
