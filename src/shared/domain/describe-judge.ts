import { lookUp } from './look-up.ts'

/** What catalogues call the detectors of faces; they keep `ssd` from versions that had it. */
const detectors: Readonly<Record<string, string>> = {
  blaze: 'BlazeFace',
  ssd: 'SSD MobileNet, the default of earlier versions',
  tiny: 'the tiny detector',
  file: 'a detector of your own',
}

/** Whose answers a check went by, from the parameters that it was run with; null where it asks nobody. */
export function describeJudge(params: Readonly<Record<string, unknown>>): string | null {
  const { source, space, detector } = params
  if (typeof source === 'string') return `Judged by ${source}.`
  if (typeof space === 'string') return `Compared by the embeddings ${space}.`
  const finder = typeof detector === 'string' ? lookUp(detectors, detector.split(':')[0] ?? '') : undefined
  return finder === undefined ? null : `Faces found by ${finder}.`
}
