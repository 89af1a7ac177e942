/** When the checkpoints of a run were deleted on request, and how much disk that gave back: what it then can no longer do. */
export const migration0170 = {
  version: 170,
  name: 'freed-runs',
  sql: 'ALTER TABLE run ADD COLUMN freed TEXT;',
} as const
