import * as z from 'zod'
import { checkIds } from '../domain/checks.ts'
import {
  crossvalId,
  estimate,
  fromPath,
  imageId,
  jobId,
  procedure,
  timestamp,
  filePath,
} from './base.contract.ts'
import { imageFilter, imageStatus, imageTile } from './image.contract.ts'
import { shortcutReport } from './shortcut.contract.ts'

export const checkId = z.enum(checkIds)

/** What names the face detector that comes with Evenhand. */
export const defaultDetector = 'default'

/**
 * Whose out-of-sample answers label checks judge by: those of cross-validations, those of logistic regressions on stored
 * embeddings, or the mean of all that know an image.
 */
export const labelsBy = z.enum(['both', 'crossval', 'embeddings'])
export type LabelsBy = z.infer<typeof labelsBy>

export const scanRequest = z.object({
  /** All where left out. */
  checks: z.array(checkId).min(1).optional(),
  /** The cross-validations that label checks read; all finished ones where left out. */
  crossvalIds: z.array(crossvalId).min(1).optional(),
  labelsBy: labelsBy.default('both'),
  /**
   * `default`, `tiny` for a faster one, or the ONNX file of a face detector of the user's own; the one that found faces
   * last where left out.
   */
  detector: filePath.optional(),
  /** Works everything out again, also what stands. */
  fresh: z.boolean().default(false),
})
export type ScanRequest = z.infer<typeof scanRequest>

export const scanSettings = z.strictObject({
  /** What looked for faces last: `tiny` or the path of a file; null for the default one. */
  detector: z.string().nullable(),
})
export type ScanSettings = z.infer<typeof scanSettings>

export const scanResult = z.strictObject({
  /** Images that were worked on; the others stood already. */
  worked: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  unreadable: z.int().nonnegative(),
  checks: z.array(
    z.strictObject({
      check: checkId,
      images: z.int().nonnegative(),
      flagged: z.int().nonnegative(),
      /** Why it could not be run, and what to do; null where it was run. */
      unavailable: z.string().nullable(),
    }),
  ),
})
export type ScanResult = z.infer<typeof scanResult>

export const checkSummary = z.strictObject({
  id: checkId,
  /** `stale`: it has been run, but not on all images of now or not in its present version. */
  state: z.enum(['checked', 'not-checked', 'stale']),
  /** Why it is not checked or stale, in words. */
  reason: z.string().nullable(),
  version: z.int().nullable(),
  params: z.record(z.string(), z.unknown()),
  finishedAt: timestamp.nullable(),
  images: z.int().nonnegative(),
  flagged: z.int().nonnegative(),
  /** Flagged and not yet decided. */
  open: z.int().nonnegative(),
  /** The same in groups, for checks that speak of copies; null for others. */
  groups: z.strictObject({ flagged: z.int().nonnegative(), open: z.int().nonnegative() }).nullable(),
  /** In force; null where the check decides by a rule of its own. */
  cut: z.number().nullable(),
  defaultCut: z.number().nullable(),
})
export type CheckSummary = z.infer<typeof checkSummary>

export const checkHistogram = z.strictObject({
  /** `[bins + 1]`, from 0 to 1 */
  edges: z.array(z.number()),
  /** `[bins]` */
  counts: z.array(z.int().nonnegative()),
  cut: z.number().nullable(),
  n: z.int().nonnegative(),
})
export type CheckHistogram = z.infer<typeof checkHistogram>

const groupRate = z.strictObject({
  /** Null for images without that label. */
  group: z.string().nullable(),
  rate: estimate,
})
/** Pearson's chi-square test that groups are flagged alike; null where too few are. */
export const groupTest = z
  .strictObject({
    chiSquare: z.number().nonnegative(),
    degrees: z.int().positive(),
    p: z.number().min(0).max(1),
    n: z.int().nonnegative(),
    /** Groups too small to stand alone, which were counted as one. */
    pooled: z.array(z.string()),
  })
  .nullable()
/** How often a check flags each group as labelled, and whether that differs by more than chance. */
const flagRates = z.strictObject({
  n: z.int().nonnegative(),
  flagged: z.int().nonnegative(),
  race: z.array(groupRate),
  gender: z.array(groupRate),
  age: z.array(groupRate),
  tests: z.strictObject({ race: groupTest, gender: groupTest, age: groupTest }),
})
export type FlagRates = z.infer<typeof flagRates>

export const checkRates = flagRates.extend({ check: checkId })
export type CheckRates = z.infer<typeof checkRates>

const example = z.strictObject({ tile: imageTile, score: z.number() })

export const checkPreview = checkRates.extend({
  /** Null where the check decides by a rule of its own. */
  cut: z.number().nullable(),
  /** Flagged, nearest to the cut first. */
  below: z.array(example),
  /** Not flagged, nearest to the cut first. */
  above: z.array(example),
})
export type CheckPreview = z.infer<typeof checkPreview>

export const finding = z.strictObject({
  tile: imageTile,
  score: z.number().min(0).max(1),
  isFlagged: z.boolean(),
  /** Flagged, and its image removed or answered in this queue or in all. */
  isDecided: z.boolean(),
  groupId: imageId.nullable(),
  /** What the check found, in its own words and figures. */
  detail: z.unknown(),
  /** Of the image, to be sent back with a decision. */
  revision: z.int().nonnegative(),
})
export type Finding = z.infer<typeof finding>

export const findingPage = z.strictObject({ items: z.array(finding), nextCursor: z.string().nullable() })
export type FindingPage = z.infer<typeof findingPage>

const groupMember = finding.extend({
  path: z.string(),
  dataset: z.string(),
  bytes: z.int().nonnegative(),
  /** Standard deviation of the edges at 64 pixels; null where the image was not measured. */
  sharpness: z.number().nullable(),
})

const keepSuggestion = z.strictObject({ imageId, reason: z.string() })
const labelList = z.array(z.string()).optional()
/** The labels of copies, of the tasks in which they differ. */
const labelConflict = z.strictObject({ race: labelList, gender: labelList, age: labelList })

export const labelAnswer = z.strictObject({
  by: z.enum(['models', 'neighbours']),
  label: z.string(),
  /** Probability, or share of the neighbours; null for an age in years and where all is known is that they agree. */
  share: z.number().min(0).max(1).nullable(),
})
export type LabelAnswer = z.infer<typeof labelAnswer>
const labelAnswers = z.array(labelAnswer)

const labelSuggestion = z
  .strictObject({
    label: z.string(),
    /** What part of what models give to all labels of the copies it has. */
    strength: z.number().min(0).max(1),
  })
  .nullable()
/** Of each task in which copies differ the label that models and neighbours strongly agree on; null where they do not. */
const labelSuggestions = z.strictObject({
  race: labelSuggestion,
  gender: labelSuggestion,
  age: labelSuggestion,
})
export type LabelSuggestions = z.infer<typeof labelSuggestions>

/** Removed copies stay members, so that one sees what went; nothing is judged by them. */
const judgedGroup = z.strictObject({
  groupId: imageId,
  /** Null where the labels differ, and where the copy with the best picture lacks a label that another one carries. */
  suggestedKeep: keepSuggestion.nullable(),
  /** Null where the labels agree. */
  conflict: labelConflict.nullable(),
  suggestedLabels: labelSuggestions,
})

export const findingGroup = judgedGroup.extend({
  members: z.array(groupMember),
  /** The better picture, whatever its labels; null where none is better. */
  clearest: imageId.nullable(),
  /** What models that never saw the copies say of each label, and what their neighbours carry; the surest first. */
  answers: z.strictObject({ race: labelAnswers, gender: labelAnswers, age: labelAnswers }),
})
export type FindingGroup = z.infer<typeof findingGroup>

export const findingGroupSummary = judgedGroup.extend({
  members: z.array(z.strictObject({ imageId, status: imageStatus, isOpen: z.boolean() })),
})
export type FindingGroupSummary = z.infer<typeof findingGroupSummary>

/** The groups of a check that are not decided and have two copies or more. */
export const findingGroupCounts = z.strictObject({
  groups: z.int().nonnegative(),
  /** With a suggestion: what "keep the suggested copy of every group" speaks of. */
  agreeing: z.int().nonnegative(),
  /** Copies that would leave by that. */
  leaving: z.int().nonnegative(),
  conflicting: z.int().nonnegative(),
})
export type FindingGroupCounts = z.infer<typeof findingGroupCounts>

export const imageFindings = z.strictObject({
  /** What was measured, by name; null where nothing could be. */
  measures: z.record(z.string(), z.unknown()).nullable(),
  /** Why the file could not be read. */
  problem: z.string().nullable(),
  findings: z.array(
    z.strictObject({
      check: checkId,
      score: z.number(),
      isFlagged: z.boolean(),
      cut: z.number().nullable(),
      groupId: imageId.nullable(),
      detail: z.unknown(),
    }),
  ),
})
export type ImageFindings = z.infer<typeof imageFindings>

const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  procedure.route({ method, path, summary, tags: ['curation'] })

export const scanContract = {
  /** Works on new and changed images only; a scan that was stopped is resumed as its job. */
  start: route('POST', '/scans', 'Look for images that do not belong, as a job')
    .input(scanRequest)
    .output(z.strictObject({ jobId })),
  settings: route('GET', '/scans/settings', 'What scans of this project remember').output(scanSettings),
}

const byCheck = z.object({ check: checkId })

export const checkContract = {
  list: route('GET', '/checks', 'Every check, how it stands and what it flags').output(z.array(checkSummary)),
  /** Of every check that has scores: what it flags now, decided or not. */
  rates: route('GET', '/checks/rates', 'How often every check flags each group').output(z.array(checkRates)),
  /** Made by each scan of pixels. */
  shortcuts: route('GET', '/shortcuts', 'Whether image properties give a label away').output(shortcutReport),
  histogram: route('GET', '/checks/{check}/histogram', 'How the scores of a check are spread')
    .input(byCheck.extend({ bins: z.coerce.number().int().min(1).max(500).default(50) }))
    .output(checkHistogram),
  /** Without a cut: as it is in force. Rates stand beside every check, since a check can be biased itself. */
  preview: route('POST', '/checks/{check}/preview', 'What a cut would flag, by group, with examples')
    .input(
      byCheck.extend({
        cut: z.number().min(0).max(1).nullable().default(null),
        examples: z.int().min(0).max(50).default(12),
      }),
    )
    .output(checkPreview),
  /** Null goes back to the default. Later scans keep it. */
  setCut: route('POST', '/checks/{check}/cut', 'Choose where a check flags')
    .input(byCheck.extend({ cut: z.number().min(0).max(1).nullable() }))
    .output(checkSummary),
}

export const findingContract = {
  queue: route('POST', '/findings/queue', 'What a check flags, worst first')
    .input(
      byCheck.extend({
        /** `open`: not yet decided. `all`: every scored image, flagged or not. */
        state: z.enum(['open', 'flagged', 'all']).default('open'),
        filter: imageFilter.default({}),
        cursor: z.string().max(2000).nullable().default(null),
        limit: z.int().min(1).max(500).default(50),
      }),
    )
    .output(findingPage),
  group: route('GET', '/findings/{check}/groups/{groupId}', 'The images of one group, side by side')
    .input(z.object({ check: checkId, groupId: fromPath(imageId) }))
    .output(findingGroup),
  groups: route('POST', '/findings/groups', 'Groups of copies with their members and the copy to keep')
    .input(
      byCheck.extend({
        /** These groups; every open one, by number, where left out. */
        groupIds: z.array(imageId).max(500).optional(),
        cursor: z.int().nonnegative().nullable().default(null),
        limit: z.int().min(1).max(500).default(50),
      }),
    )
    .output(
      z.strictObject({ items: z.array(findingGroupSummary), nextCursor: z.int().positive().nullable() }),
    ),
  countGroups: route(
    'POST',
    '/findings/groups/count',
    'How many groups of copies agree, and how many conflict',
  )
    .input(byCheck.extend({ filter: imageFilter.default({}) }))
    .output(findingGroupCounts),
  ofImage: route('GET', '/images/{imageId}/findings', 'What was measured and found of one image')
    .input(z.object({ imageId: fromPath(imageId) }))
    .output(imageFindings),
}
