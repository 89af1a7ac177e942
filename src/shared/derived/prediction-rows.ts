import type { ImagePrediction, PredictResponse } from '../contract/prediction.contract.ts'

type Cell = string | number | null

export const predictionColumns = [
  'file',
  'face',
  'x',
  'y',
  'width',
  'height',
  'race',
  'race_probability',
  'gender',
  'gender_probability',
  'age',
  'age_years',
  'age_probability',
  'warning',
  'error',
  'model',
  'model_sha256',
] as const

interface Answer {
  readonly label: string
  readonly probabilities: Readonly<Record<string, number>> | null
}

const probabilityOf = (answer: Answer | null): number | null =>
  answer === null ? null : (answer.probabilities?.[answer.label] ?? null)

/** A row for each face, and one without a face for an image that has none or could not be read. */
export function listPredictionRows(
  { file, faces, warning, error }: ImagePrediction,
  model: PredictResponse['model'] | null,
): Cell[][] {
  const told: Cell[] = [warning ?? null, error ?? null, model?.name ?? null, model?.sha256 ?? null]
  const unseen = predictionColumns.length - told.length - 1
  if (faces.length === 0) return [[file, ...Array.from({ length: unseen }, () => null), ...told]]
  return faces.map(({ box, race, gender, age }, index) => [
    file,
    index + 1,
    box.x,
    box.y,
    box.width,
    box.height,
    race?.label ?? null,
    probabilityOf(race),
    gender?.label ?? null,
    probabilityOf(gender),
    age?.label ?? null,
    age?.years ?? null,
    probabilityOf(age),
    ...told,
  ])
}
