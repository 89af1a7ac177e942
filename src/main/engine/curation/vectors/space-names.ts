import type { ModelId } from '#shared/contract/base.contract.ts'

/** The space of the descriptors that come with faces. */
export const faceSpace = 'face-128'

export const nameModelSpace = (id: ModelId): string => `model-${id}`
