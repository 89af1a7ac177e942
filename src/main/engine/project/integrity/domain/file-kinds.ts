import type { IntegrityKind } from '#shared/contract/integrity.contract.ts'

/** Files whose hashes are recorded one by one, by their paths within the project or outside. */
const recordedKinds: readonly (readonly [RegExp, IntegrityKind])[] = [
  [/^models\/\d+\/model[.]onnx$/, 'model'],
  [/^models\/\d+\/model[.]safetensors$/, 'model-weights'],
  [/^models\/\d+\/card[.]json$/, 'model-card'],
  [/^runs\/\d+\/config[.]json$/, 'run-configuration'],
  [/^runs\/\d+\/init[.]json$/, 'initial-weights'],
  [/^runs\/\d+\/tensorboard\//, 'tensorboard-events'],
  [/[.]parity[.]json$/, 'parity-certificate'],
  [/[.]card[.]json$/, 'model-card'],
  [/[.]onnx$/, 'exported-model'],
]

/** What a file is whose hash is recorded by itself; null for any other. */
export const kindOfFile = (path: string): IntegrityKind | null =>
  recordedKinds.find(([pattern]) => pattern.test(path))?.[1] ?? null

const otherFiles: readonly RegExp[] = [
  /^catalogue[.][\w.-]+$/,
  /^project[.]lock([.]json|-journal)?$/,
  /^thumbs\/[0-9a-f]{2}\/[0-9a-f]{64}[.]webp$/,
  /^cache\/tensors-\d+-\w+[.](bin|index)$/,
  /^cache\/export-\d+[.]onnx$/,
  /^cache\/vectors-[\w-]+([.]usearch)?$/,
  /^runs\/\d+\/([\w-]+|epochs\/\d+)[.]safetensors$/,
  /^runs\/\d+\/diverged[.]json$/,
  // What a run has made and not yet registered.
  /^runs\/\d+\/model\//,
  /^backups\/[\w.-]+[.]sqlite([.]json|-wal|-shm|-journal)?$/,
  /^originals\//,
  /^reports\//,
  // What a process that was killed had not finished writing.
  /(^|\/)[.][^/]+[.]tmp$/,
  /[.]part$/,
]

/** Whether a path is that of files that are checked in other ways, or that live as long as a process. */
export const isCheckedOtherwise = (path: string): boolean => otherFiles.some((pattern) => pattern.test(path))
