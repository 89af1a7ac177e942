import type { SplitId } from '#shared/contract/base.contract.ts'
import type { SplitStanding } from '#shared/contract/split.contract.ts'
import { mapRace, type LabelScheme } from '#shared/domain/label-schemes.ts'
import type { ChangedMember, SplitStandingRepo } from './split-standing.repo.ts'

/** A race is told in the split's scheme there and in its data set's here: that alone is no change. */
function isRelabelled(member: ChangedMember, to: LabelScheme): boolean {
  const raceNow = member.raceNow === null ? null : mapRace(member.raceNow, member.scheme, to)
  return (
    raceNow !== member.raceThen ||
    member.genderNow !== member.genderThen ||
    member.ageBinNow !== member.ageBinThen ||
    member.ageYearsNow !== member.ageYearsThen
  )
}

/** Every split, or one, beside the catalogue as it is now. @param id null for all */
export function compareStandings(repo: SplitStandingRepo, id: SplitId | null): SplitStanding[] {
  return repo.splits(id).map(({ id: splitId, labelScheme, input }) => {
    let removed = 0
    let relabelled = 0
    for (const member of repo.changed(splitId)) {
      if (member.status === 'removed') removed++
      else if (isRelabelled(member, labelScheme)) relabelled++
    }
    return { splitId, removed, relabelled, restored: repo.countRestored(splitId, input?.datasets ?? null) }
  })
}
