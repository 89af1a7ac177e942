/**
 * Cuts that were chosen on scores which are worked out another way now mean something else: of low information (4),
 * blurry (5), border (13), extreme pose (34), and the neighbours' race, gender and age (41 to 43). Their defaults stand again.
 */
export const migration0230 = {
  version: 230,
  name: 'remeasured-cuts',
  sql: 'DELETE FROM check_setting WHERE check_id IN (4, 5, 13, 34, 41, 42, 43)',
} as const
