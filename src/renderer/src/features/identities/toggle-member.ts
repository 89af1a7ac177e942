/** The set with a member that it lacked, or without one that it had. */
export function toggleMember<Member>(members: ReadonlySet<Member>, member: Member): ReadonlySet<Member> {
  const changed = new Set(members)
  if (!changed.delete(member)) changed.add(member)
  return changed
}
