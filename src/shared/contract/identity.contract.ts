import * as z from 'zod'
import { estimate, fromPath, imageId, jobId, procedure, sha256, timestamp } from './base.contract.ts'
import { imageTile } from './image.contract.ts'
import { reviewerName } from './settings.contract.ts'

/** A number without meaning of its own: nobody is named. */
export const personId = z.int().positive().brand<'PersonId'>()
export type PersonId = z.infer<typeof personId>
/** Made of the two images and of what is proposed, so that it means the same pair in every run. */
export const proposalId = z.int().positive().brand<'ProposalId'>()
export type ProposalId = z.infer<typeof proposalId>
/** Place of an act in the chain of all acts on identities. */
export const identityActId = z.int().positive().brand<'IdentityActId'>()
export type IdentityActId = z.infer<typeof identityActId>

/** Estimated shares of pairs of images at one distance. */
const curvePoint = z.strictObject({
  distance: z.number(),
  /** Of pairs of different people, that are nearer. */
  falseMatch: z.number().nullable(),
  /** Of pairs of one person, that are farther. */
  miss: z.number().nullable(),
  /** 95 % bounds of both; absent where a run did not record them. */
  bounds: z
    .strictObject({
      falseMatch: z.tuple([z.number(), z.number()]).nullable(),
      miss: z.tuple([z.number(), z.number()]).nullable(),
    })
    .optional(),
})

/** Pairs of images that carry the same label and are nearer than the threshold. */
const groupRate = z.strictObject({
  group: z.string(),
  images: z.int().nonnegative(),
  /** Or sets of copies, where nobody is named. */
  people: z.int().nonnegative(),
  /** Pairs nearer than the threshold. */
  near: z.int().nonnegative(),
  /** Share of pairs; its interval is over people, whose pairs hang together. */
  share: estimate,
})
export const identityGroups = z.strictObject({
  /** `named`: pairs of different people by name, so false matches. `unnamed`: all but copies, so at most that many are false. */
  basis: z.enum(['named', 'unnamed']),
  groupings: z.array(
    z.strictObject({
      grouping: z.enum(['race', 'gender', 'age']),
      groups: z.array(groupRate),
      /** Whether the groups differ: labels dealt anew among people. Null where there are fewer than two groups or no near pair. */
      test: z.strictObject({ p: z.number(), permutations: z.int().positive() }).nullable(),
    }),
  ),
})
export type IdentityGroups = z.infer<typeof identityGroups>

/** What the clusters of the newest run were made by. */
export const identityFacts = z.strictObject({
  space: z.string(),
  revision: z.int().nonnegative(),
  version: z.int(),
  /** Groups of pictures are joined up to this distance in the mean (root of the mean square over all pairs of the two groups). */
  threshold: z.number(),
  /** `known`: pairs of people that the data sets name; `mixture`: estimated from distances of pairs that labels tell apart; `default`: too few of either. */
  chosenBy: z.enum(['known', 'mixture', 'default']),
  /** Pairs of different people that are nearer than the threshold; n is their number. */
  falseMatch: estimate,
  /** Pairs of one person that are farther than the threshold; n is their (estimated) number. */
  miss: estimate,
  curve: z.array(curvePoint),
  /** Absent where a run did not count by group. */
  byGroup: identityGroups.optional(),
  /** Images with a descriptor. */
  described: z.int().nonnegative(),
  /** Pairs that were held together, and pairs that the labels tell apart. */
  pairs: z.strictObject({
    copies: z.int().nonnegative(),
    known: z.int().nonnegative(),
    apart: z.int().nonnegative(),
  }),
  /** Hash of what people said that went into it: who is not the same, what is not a face. Absent where a run did not record it. */
  said: sha256.optional(),
})
export type IdentityFacts = z.infer<typeof identityFacts>

export const proposalKind = z.enum(['merge', 'split'])
export type ProposalKind = z.infer<typeof proposalKind>

/** Why a pair is doubtful. */
export const doubtReason = z.enum(['children', 'limit', 'gender-differs', 'age-differs', 'named-apart'])
export type DoubtReason = z.infer<typeof doubtReason>

export const identityProposal = z.strictObject({
  proposalId,
  kind: proposalKind,
  /** The nearest pair of the two groups: the first of one, the second of the other. */
  images: z.tuple([imageId, imageId]),
  /** Between the two groups in the mean. */
  distance: z.number(),
  /** Between the two images. */
  nearest: z.number(),
  /** In [0, 1]; 1 at the limit. */
  doubt: z.number(),
  reasons: z.array(doubtReason),
  /** Other images that are nearer than the threshold to the first, to the second and to both; null where a run did not count them. */
  neighbours: z
    .strictObject({
      one: z.int().nonnegative(),
      other: z.int().nonnegative(),
      both: z.int().nonnegative(),
    })
    .nullable(),
})
export type IdentityProposal = z.infer<typeof identityProposal>

/** The result of the job. */
export const proposeResult = z.strictObject({
  space: z.string(),
  threshold: z.number(),
  falseMatch: estimate,
  miss: estimate,
  people: z.int().nonnegative(),
  proposals: z.array(identityProposal.pick({ proposalId: true, kind: true, images: true, distance: true })),
})
export type ProposeResult = z.infer<typeof proposeResult>

export const identitySummary = z.strictObject({
  /** Null before the first run. */
  facts: identityFacts.nullable(),
  madeAt: timestamp.nullable(),
  /** Descriptors have come or changed since, or what people say is not the same or not a face. */
  isStale: z.boolean(),
  /** Images that are not removed. */
  images: z.int().nonnegative(),
  /** Images with a descriptor of a face as of now. */
  described: z.int().nonnegative(),
  /** Neither removed nor of any person: without a face, without a descriptor, or said to be no face. */
  unassigned: z.int().nonnegative(),
  people: z.int().nonnegative(),
  /** With more than one image. */
  several: z.int().nonnegative(),
  open: z.int().nonnegative(),
  proposals: z.int().nonnegative(),
})
export type IdentitySummary = z.infer<typeof identitySummary>

export const personOrigin = z.enum(['dataset', 'inferred', 'person'])

export const person = z.strictObject({
  identityId: personId,
  images: z.array(imageId),
  origin: personOrigin,
})
export type Person = z.infer<typeof person>

export const identityActKind = z.enum(['same', 'not-same', 'merge', 'split', 'not-a-face', 'undo'])
export type IdentityActKind = z.infer<typeof identityActKind>

export const identityAct = z.strictObject({
  actId: identityActId,
  kind: identityActKind,
  images: z.array(imageId),
  /** Of `split`: those that stayed behind. */
  others: z.array(imageId),
  /** What an undo is about. */
  origin: identityActId.nullable(),
  actor: z.string(),
  at: timestamp,
  isUndone: z.boolean(),
})
export type IdentityAct = z.infer<typeof identityAct>

/** A person with some of the images, for a list. */
export const personTiles = z.strictObject({
  identityId: personId,
  origin: personOrigin,
  count: z.int().positive(),
  /** By number, without those that are removed; at most as many as were asked for. */
  tiles: z.array(imageTile),
  /** Of the open pairs that ask about this person, the most doubtful; null where none does. */
  doubt: z.number().nullable(),
  reasons: z.array(doubtReason),
})
export type PersonTiles = z.infer<typeof personTiles>

const reviewer = reviewerName.optional()
/** What is answered; refused where the pair is not open any more. Without it the images alone are spoken of. */
const answered = proposalId.optional()
const images = z.array(imageId).min(1).max(10_000)

export const identityActRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('same'), images: images.min(2), proposalId: answered, reviewer }),
  z.object({
    kind: z.literal('not-same'),
    images: z.tuple([imageId, imageId]),
    proposalId: answered,
    reviewer,
  }),
  z.object({ kind: z.literal('merge'), people: z.array(personId).min(2).max(1000), reviewer }),
  /** These images leave the person that they are of, and become one of their own. */
  z.object({ kind: z.literal('split'), images, reviewer }),
  z.object({ kind: z.literal('not-a-face'), images, proposalId: answered, reviewer }),
])
export type IdentityActRequest = z.infer<typeof identityActRequest>

export const identityActResult = z.strictObject({
  act: identityAct,
  /** The people of the images that it touched, as they are now. */
  people: z.array(person),
})
export type IdentityActResult = z.infer<typeof identityActResult>

/** `near` as the last scan grouped near copies, `person` as named, inferred or said. */
export const sharedKind = z.enum(['file', 'pixels', 'near', 'person'])
export type SharedKind = z.infer<typeof sharedKind>

export const sharedImages = z.strictObject({
  /** Data sets, and the parts that a data set itself makes by folders named train, val, test and the like. */
  origins: z.array(
    z.strictObject({ dataset: z.string(), part: z.string().nullable(), images: z.int().nonnegative() }),
  ),
  /** Groups with an image of both origins, which are named by their place in the list. */
  pairs: z.array(
    z.strictObject({
      a: z.int().nonnegative(),
      b: z.int().nonnegative(),
      file: z.int().nonnegative(),
      pixels: z.int().nonnegative(),
      near: z.int().nonnegative(),
      person: z.int().nonnegative(),
    }),
  ),
  /** The first of them: same files, then same pixels, near copies and people. */
  groups: z.array(
    z.strictObject({
      kind: sharedKind,
      images: z.array(imageId),
      origins: z.array(z.int().nonnegative()),
    }),
  ),
})
export type SharedImages = z.infer<typeof sharedImages>

const page = z.object({
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})
const tags = ['identities']

export const identityContract = {
  propose: procedure
    .route({
      method: 'POST',
      path: '/identities/propose',
      summary: 'Infer who is the same person in several images, as a job',
      tags,
    })
    .output(z.strictObject({ jobId })),
  summary: procedure
    .route({ method: 'GET', path: '/identities/summary', summary: 'How the people were inferred', tags })
    .output(identitySummary),
  /** Open ones, the most doubtful first. */
  proposals: procedure
    .route({ method: 'GET', path: '/identities/proposals', summary: 'Pairs that want a person', tags })
    .input(z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) }))
    .output(z.array(identityProposal)),
  /** A proposal with the pictures of both sides. */
  evidence: procedure
    .route({
      method: 'GET',
      path: '/identities/proposals/{proposalId}',
      summary: 'A pair with the images of both sides',
      tags,
    })
    .input(z.object({ proposalId: fromPath(proposalId) }))
    .output(
      z.strictObject({
        proposal: identityProposal,
        /** Whether it still wants an answer. */
        isOpen: z.boolean(),
        /** Least and most years between the two ages as labelled; null where one of them has none. */
        yearsApart: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
        /** The pair, then up to six more of each side, by number. */
        sides: z.tuple([z.array(imageTile), z.array(imageTile)]),
        /** Images of the people of either side. */
        counts: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
      }),
    ),
  /** People with more than one image, by number. */
  list: procedure
    .route({ method: 'GET', path: '/identities', summary: 'People with several images', tags })
    .input(page)
    .output(z.array(person)),
  /** People with more than one image: those that an open pair asks about, the most doubtful first, or all, by number. */
  people: procedure
    .route({ method: 'GET', path: '/identities/people', summary: 'People with some of their images', tags })
    .input(
      z.object({
        which: z.enum(['doubtful', 'all']).default('doubtful'),
        /** As `next` of the page before. */
        after: z.coerce.number().int().nonnegative().default(0),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
    )
    .output(
      z.strictObject({
        total: z.int().nonnegative(),
        people: z.array(personTiles),
        /** Null at the end. */
        next: z.int().nonnegative().nullable(),
      }),
    ),
  /** Over images that are not removed. */
  shared: procedure
    .route({
      method: 'GET',
      path: '/identities/shared',
      summary: 'Images and people that data sets or their parts share',
      tags,
    })
    .input(z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) }))
    .output(sharedImages),
  /** With at most 500 of the images. */
  person: procedure
    .route({ method: 'GET', path: '/identities/people/{identityId}', summary: 'A person', tags })
    .input(z.object({ identityId: fromPath(personId) }))
    .output(personTiles),
  act: procedure
    .route({ method: 'POST', path: '/identities/acts', summary: 'Say who is the same person', tags })
    .input(identityActRequest)
    .output(identityActResult),
  /** The newest act of the reviewer that holds; another by its number. An undo is an act, which can be undone too. */
  undo: procedure
    .route({ method: 'POST', path: '/identities/undo', summary: 'Take an act on identities back', tags })
    .input(z.object({ actId: identityActId.optional(), reviewer }))
    .output(identityActResult),
  acts: procedure
    .route({ method: 'GET', path: '/identities/acts', summary: 'Acts on identities, newest first', tags })
    .input(z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) }))
    .output(z.array(identityAct)),
}
