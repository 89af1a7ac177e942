/** What a network says of a face, in its own words; null where it says nothing. */
export interface Attributes {
  readonly race: string | null
  readonly gender: string | null
  /** Years, to a tenth. */
  readonly age: string | null
}

/** How a network's numbers are read. */
export type ReadOut = 'face-api' | 'gear' | 'faceres' | 'ssrnet'

type Outputs = Readonly<Record<string, Float32Array>>

const races = ['White', 'Black', 'Asian', 'Indian', 'Other'] as const
/** Middles of the seven bins, as the library that carries the network has them. */
const gearAges = [15, 23, 28, 35.5, 45.5, 55.5, 65] as const

const nameGender = (male: number): string => (male > 0.5 ? 'Male' : 'Female')
const writeYears = (years: number): string => Math.max(0, years).toFixed(1)

const expect = (probabilities: Float32Array, yearsOf: (at: number) => number): number => {
  let [sum, total] = [0, 0]
  probabilities.forEach((probability, at) => {
    sum += probability * yearsOf(at)
    total += probability
  })
  return sum / total
}

function pickLargest(probabilities: Float32Array): number {
  let best = 0
  probabilities.forEach((probability, at) => {
    if (probability > probabilities[best]!) best = at
  })
  return best
}

/** A face's attributes from the outputs of one network for one picture. Throws a RangeError without the outputs. */
export function readAttributes(readOut: ReadOut, outputs: Outputs): Attributes {
  const find = (name: string): Float32Array => {
    const output = outputs[name]
    if (output === undefined || output.length === 0) throw new RangeError(`The network gave no ${name}`)
    return output
  }
  const [age, gender] = [find('age'), find('gender')]
  switch (readOut) {
    case 'face-api':
    case 'ssrnet':
      return { race: null, gender: nameGender(gender[0]!), age: writeYears(age[0]!) }
    case 'faceres':
      return { race: null, gender: nameGender(gender[0]!), age: writeYears(expect(age, (at) => at)) }
    case 'gear':
      return {
        race: races[pickLargest(find('race'))] ?? null,
        gender: nameGender(gender[0]! / (gender[0]! + gender[1]!)),
        age: writeYears(expect(age, (at) => gearAges[at] ?? Number.NaN)),
      }
    default:
      return readOut satisfies never
  }
}
