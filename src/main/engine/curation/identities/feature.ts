import type { Lent } from '#engine/base/features/lent.ts'
import { PersonRepo } from './person.repo.ts'

export function openIdentities({ db }: Lent) {
  const persons = new PersonRepo(db)
  return { services: {}, jobs: [], handlers: {}, holder: { rows: persons.held } }
}
