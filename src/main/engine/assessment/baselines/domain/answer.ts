/** What another system said of one image; each text as it wrote it, null where it said nothing. */
export interface SystemAnswer {
  readonly outcome: 'answered' | 'undetected' | 'notAsked'
  readonly race: string | null
  readonly gender: string | null
  readonly age: string | null
  readonly faces: number
}

/** One row of a file of answers. */
export interface AnswerRow {
  /** Line of a table, or name of a file. */
  readonly at: string
  /** As the answers name the image. */
  readonly name: string | null
  readonly sha256: string | null
  readonly answer: SystemAnswer
}

export interface AnswerProblem {
  readonly at: string
  readonly message: string
}

/** Longer texts are no label. */
const longest = 100

export const keepText = (text: string | null): string | null => {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? null : trimmed.slice(0, longest)
}

export const noFace: SystemAnswer = {
  outcome: 'undetected',
  race: null,
  gender: null,
  age: null,
  faces: 0,
}
export const notAsked: SystemAnswer = { ...noFace, outcome: 'notAsked' }
