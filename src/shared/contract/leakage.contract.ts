import * as z from 'zod'
import { estimate, fromPath, imageId, jobId, procedure, sha256, splitId, timestamp } from './base.contract.ts'
import { reviewerName } from './settings.contract.ts'
import { partName } from './split.contract.ts'

/** Place of a certificate in the chain of all certificates. */
export const certificateId = z.int().positive().brand<'CertificateId'>()
export type CertificateId = z.infer<typeof certificateId>

const count = z.int().nonnegative()

/**
 * `clean`: nothing is in two parts and every near pair is decided; `undecided`: pairs want a person, or not all was compared;
 * `leaks`: something is in two parts; `stale`: what was certified is no longer what the catalogue holds.
 */
export const certificateState = z.enum(['clean', 'undecided', 'leaks', 'stale'])
export type CertificateState = z.infer<typeof certificateState>

/** What people said of a pair, or what ties it; null where nobody has looked. */
export const pairVerdict = z.enum(['same', 'not-same', 'not-a-face'])
export type PairVerdict = z.infer<typeof pairVerdict>

/** Two images in two parts. */
export const leakPair = z.strictObject({
  a: imageId,
  b: imageId,
  partA: partName,
  partB: partName,
  /** Of near copies bits of 64 by which their hashes differ; of faces the Euclidean distance of their descriptors. */
  distance: z.number().nonnegative(),
  verdict: pairVerdict.nullable(),
})
export type LeakPair = z.infer<typeof leakPair>

export const nearPair = leakPair.extend({
  /** Root mean square of the difference of the small grey pictures: 0 for equal ones, 1.41 for unrelated ones. */
  difference: z.number().nonnegative(),
  /** Whether one is the other in a mirror. */
  isMirrored: z.boolean(),
})
export type NearPair = z.infer<typeof nearPair>

/** Values that stand in more than one part; each must be 0. */
export const leakJoins = z.strictObject({
  /** People that a data set names. */
  identity: count,
  file: count,
  pixel: count,
  /** People as inferred and decided. */
  person: count,
  /** Groups that any of these hold together, also by way of images that stand in no part. */
  group: count,
})
export type LeakJoins = z.infer<typeof leakJoins>

/** A number that is expected, with its 95 % interval. */
const expected = z.strictObject({ value: z.number(), low: z.number(), high: z.number() })

/** What is measured of a split for its certificate. */
export const leakFindings = z.strictObject({
  joins: leakJoins,
  /** Groups of near copies, as the last scan has them, in more than one part. */
  nearGroups: count,
  /** The nearest first, undecided ones before the others; at most a thousand of each. */
  nearPairs: z.array(nearPair),
  facePairs: z.array(leakPair),
  /** All that there are, listed or not: of faces one for each two groups. */
  found: z.strictObject({ near: count, faces: count, hashPairs: count }),
  /** Pairs without a verdict, listed or not. */
  undecided: z.strictObject({ near: count, faces: count }),
  /** Images of the split, and those of them that could be compared by picture and by face. */
  compared: z.strictObject({
    images: count,
    pictures: count,
    faces: count,
    /** Those whose faces no scan has looked for; certificates of before do not say. */
    facesUnsought: count.optional(),
  }),
  /** Hashes of what was compared. */
  inputs: z.strictObject({ members: sha256, pictures: sha256, faces: sha256 }),
  /** Descriptors nearer than it are looked at; null where no face was compared. */
  threshold: z.number().nullable(),
  /** The threshold where none is given: with a smaller one nothing can be called clean. Certificates of before do not say. */
  usualThreshold: z.number().optional(),
  /** Every pair of faces nearer than it was seen: below the threshold only where there are millions of pairs. */
  seenWithin: z.number().nullable(),
  /** Whether the threshold is that of the inferred people, a default for want of any, or one that was given. */
  thresholdOf: z.enum(['people', 'default', 'given']),
  /** Share of pairs of one person that are farther apart than the threshold. */
  missed: estimate,
  /** Pairs of one person that are expected to stand in two parts and were not found; null where nothing tells. */
  missedPairs: expected.nullable(),
  /** Share of all pairs of images that stand in two parts. */
  crossShare: z.number(),
})
export type LeakFindings = z.infer<typeof leakFindings>

/** What has come between a certificate and the catalogue. */
export const certificateBreak = z.strictObject({
  kind: z.enum([
    'split',
    'identity',
    'file',
    'pixel',
    'person',
    'group',
    'near',
    'members',
    'pictures',
    'faces',
    'threshold',
    'pairs',
    'record',
  ]),
  /** How many there are of it, where it can be counted. */
  count: count.nullable(),
})
export type CertificateBreak = z.infer<typeof certificateBreak>

/** The state of a split's newest certificate as it is now. */
export const certificateStanding = z.strictObject({
  splitId,
  /** Null where the split has none. */
  certificateId: certificateId.nullable(),
  state: certificateState.nullable(),
  broken: z.array(certificateBreak),
  joins: leakJoins.nullable(),
  undecided: count,
  madeAt: timestamp.nullable(),
})
export type CertificateStanding = z.infer<typeof certificateStanding>

export const leakCertificate = leakFindings.extend({
  certificateId,
  splitId,
  splitHash: sha256,
  splitName: z.string(),
  madeAt: timestamp,
  madeBy: z.string(),
  /** As it is now; `sealed.state` is what it was. */
  state: certificateState,
  broken: z.array(certificateBreak),
  sealed: z.strictObject({
    state: certificateState,
    /** Of the line in the chain of certificates. */
    sha256,
  }),
})
export type LeakCertificate = z.infer<typeof leakCertificate>

export const certifyRequest = z.object({
  splitId,
  /** Euclidean distance of descriptors; without it that of the inferred people. */
  threshold: z.number().min(0.1).max(1).optional(),
  reviewer: reviewerName.optional(),
})

/** The result of the job, of a certificate that was made and of one that was measured anew. */
export const leakCheck = z.strictObject({
  splitId,
  certificateId,
  state: certificateState,
  broken: z.array(certificateBreak),
  joins: leakJoins,
  found: leakFindings.shape.found,
  undecided: leakFindings.shape.undecided,
})
export type LeakCheck = z.infer<typeof leakCheck>

const tags = ['splits']

export const leakageContract = {
  certify: procedure
    .route({
      method: 'POST',
      path: '/splits/{splitId}/certificate',
      summary: 'Look for what leaks between the parts of a split and seal what was found',
      tags,
    })
    .input(certifyRequest.extend({ splitId: fromPath(splitId) }))
    .output(z.strictObject({ jobId })),
  /** As a job that writes nothing. */
  verify: procedure
    .route({
      method: 'POST',
      path: '/splits/{splitId}/certificate/verify',
      summary: 'Measure all that a certificate says anew',
      tags,
    })
    .input(z.object({ splitId: fromPath(splitId) }))
    .output(z.strictObject({ jobId })),
  standings: procedure
    .route({
      method: 'GET',
      path: '/splits/certificates',
      summary: 'The state of the newest certificate of each split',
      tags,
    })
    .output(z.array(certificateStanding)),
  get: procedure
    .route({
      method: 'GET',
      path: '/splits/{splitId}/certificate',
      summary: 'The newest certificate of a split, with the verdicts and the state of now',
      tags,
    })
    .input(z.object({ splitId: fromPath(splitId) }))
    .output(leakCertificate.nullable()),
}
