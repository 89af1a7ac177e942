import { addressRefusal, isWebAddress } from '#shared/domain/no-network.ts'
import { pluralise } from '#renderer/components/format.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { listPredictionRows, predictionColumns } from '#shared/derived/prediction-rows.ts'
import type { PlotFigure } from '#renderer/components/plot/plot-figure.ts'

export interface AskedFile {
  readonly file: File
  readonly name: string
  /** Both null while it waits. */
  readonly response: PredictResponse | null
  readonly failure: string | null
}

const pictureName = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|hei[cf])$/i

/** Where a file stands in its folder, or its bare name. */
export const nameFile = (file: File): string => file.webkitRelativePath || file.name

/** Of a folder only what is meant as pictures; of single files all, so that each is told what is wrong with it. */
export function choosePictures(files: readonly File[]): {
  readonly pictures: readonly File[]
  /** What was left out, in words, or null. */
  readonly leftOut: string | null
} {
  if (files.length <= 1) return { pictures: files, leftOut: null }
  const pictures = files.filter((file) => file.type.startsWith('image/') || pictureName.test(file.name))
  const others = files.length - pictures.length
  return {
    pictures,
    leftOut: others === 0 ? null : `${pluralise(others, 'file')} not named as pictures left out.`,
  }
}

/** What to say of text that was pasted or dropped where a picture was wanted. */
export const explainText = (text: string): string =>
  isWebAddress(text)
    ? addressRefusal
    : 'That was text and no picture. Drop, paste or choose the file of a picture.'

/** All answers as a table, with a line for every file that failed. */
export function tabulate(files: readonly AskedFile[]): PlotFigure['table'] {
  return {
    columns: predictionColumns,
    rows: files.flatMap(({ name, response, failure }) => {
      const prediction = response?.predictions[0]
      const answer = prediction === undefined ? { faces: [] } : prediction
      const error = failure === null ? {} : { error: failure }
      return listPredictionRows({ ...answer, ...error, file: name }, response?.model ?? null)
    }),
  }
}

/** "3 of 12 pictures, 1 failed" */
export function describeAsked(files: readonly AskedFile[]): string {
  const done = files.filter(({ response, failure }) => response !== null || failure !== null).length
  const failed = files.filter(isFailed).length
  return `${done} of ${pluralise(files.length, 'picture')}${failed === 0 ? '' : `, ${failed} failed`}`
}

export const isFailed = ({ response, failure }: AskedFile): boolean =>
  failure !== null || response?.predictions[0]?.error !== undefined
