import { groupMaps } from '#shared/contract/group-maps.contract.ts'

/** How average maps are kept in a project. */
export const groupMapsFiles = {
  prefix: 'group-maps',
  schema: groupMaps,
  what: 'average maps',
  again: 'Make the maps again',
} as const
