import type { Person } from '#shared/contract/identity.contract.ts'
import type { ActRow } from './identity-act.repo.ts'
import type { MemberRow } from './person.repo.ts'

/** People with their images and where that is known from, of rows in the order of people. */
export function describePeople(members: readonly MemberRow[], standing: readonly ActRow[]): Person[] {
  const decided = new Set<number>(
    standing.flatMap(({ kind, images, others }) => (kind === 'undo' ? [] : [...images, ...others])),
  )
  const people = Map.groupBy(members, ({ personId }) => personId)
  return [...people].map(([identityId, rows]) => ({
    identityId,
    images: rows.map(({ imageId }) => imageId),
    origin: tellOrigin(rows, decided),
  }))
}

function tellOrigin(rows: readonly MemberRow[], decided: ReadonlySet<number>): Person['origin'] {
  if (rows.some(({ imageId }) => decided.has(imageId))) return 'person'
  const [first] = rows
  const isNamed = first !== undefined && first.identityId !== null
  return isNamed && rows.every(({ identityId }) => identityId === first.identityId) ? 'dataset' : 'inferred'
}
