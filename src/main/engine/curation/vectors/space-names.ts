import type { ModelId } from '#shared/contract/base.contract.ts'

export const nameModelSpace = (id: ModelId): string => `model-${id}`
