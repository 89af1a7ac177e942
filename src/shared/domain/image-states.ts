import { checkIds } from './checks.ts'

/** What people have decided about an image; removed images stay in the catalogue and out of everything made from it. */
export const imageStatuses = ['undecided', 'kept', 'removed'] as const
export type ImageStatus = (typeof imageStatuses)[number]

/** Several images of the same person, one alone, nobody named, and a name that somebody doubts. */
export const identityKinds = ['several', 'single', 'none', 'suspect'] as const
export type IdentityKind = (typeof identityKinds)[number]

/** Stands among findings for an image that no scan has come to yet, of which nothing can be said. */
export const unchecked = 'unchecked'
export const findingValues = [...checkIds, unchecked] as const
