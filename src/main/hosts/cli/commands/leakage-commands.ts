import * as z from 'zod'
import type { SplitId } from '#shared/contract/base.contract.ts'
import {
  leakCheck,
  type CertificateStanding,
  type LeakCertificate,
  type LeakPair,
} from '#shared/contract/leakage.contract.ts'
import {
  adviseOn,
  certificateWords,
  describeBreak,
  describeBroken,
  describeJoins,
  describeMissed,
  describeUncompared,
} from '#shared/derived/describe-certificate.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const shownPairs = 10

const certifyFlags = z.object({
  threshold: z.coerce.number().min(0.1).max(1).optional(),
  reviewer: z.string().optional(),
})

async function pickSplit(client: LocalClient, reference: string): Promise<SplitId> {
  const splits = (await client.split.list()).map(({ splitId, name }) => ({ id: splitId, name }))
  return pickByReference(splits, reference, 'split').id
}

/** `split certify` and `split verify`. */
export function addLeakageCommands({ program, run }: CommandRegistry): void {
  const certify = defineCommand(
    program,
    'certify <split>',
    'look for people, files, pictures and near copies in two parts, and seal what was found',
  )
    .option('--threshold <distance>', 'look at faces nearer than it (default: that of the inferred people)')
    .option('--reviewer <name>', 'who certifies (default: the name of the settings)')
  certify.action((reference: string) =>
    run(certify, async (context) => {
      const flags = parseFlags(certifyFlags, certify.opts())
      const { client } = await context.openProject()
      const splitId = await pickSplit(client, reference)
      const { jobId } = await client.leakage.certify({ splitId, ...flags })
      await context.awaitJob(jobId, leakCheck, `Start it again: evenhand split certify ${splitId}`)
      const made = await client.leakage.get({ splitId })
      if (made === null) throw new Error('The certificate was not stored')
      return { json: made, text: describeCertificate(made) }
    }),
  )

  const verify = defineCommand(
    program,
    'verify <split>',
    'measure anew what the certificate of a split says; exit code 1 unless it is clean and holds',
  )
  verify.action((reference: string) =>
    run(verify, async (context) => {
      const { client } = await context.openProject()
      const splitId = await pickSplit(client, reference)
      const { jobId } = await client.leakage.verify({ splitId })
      const found = await context.awaitJob(
        jobId,
        leakCheck,
        `Start it again: evenhand split verify ${splitId}`,
      )
      const sealed = await client.leakage.get({ splitId })
      if (sealed === null) throw new Error('The certificate has gone')
      const now: LeakCertificate = { ...sealed, ...found }
      return { json: now, text: describeCertificate(now), exitCode: now.state === 'clean' ? 0 : 1 }
    }),
  )
}

const nameVerdict = ({ verdict }: LeakPair): string =>
  verdict === null
    ? ''
    : { same: 'the same', 'not-same': 'not the same', 'not-a-face': 'not a face' }[verdict]

function describePairs(pairs: readonly LeakPair[], found: number, title: string): string[] {
  if (pairs.length === 0) return []
  const shown = pairs.slice(0, shownPairs)
  const table = formatTable(shown, [
    { title: 'images', cell: ({ a, b }) => `${a} and ${b}` },
    { title: 'parts', cell: ({ partA, partB }) => `${partA}, ${partB}` },
    { title: 'distance', cell: ({ distance }) => String(distance), alignRight: true },
    { title: 'verdict', cell: nameVerdict },
  ])
  const more = found > shown.length ? `\n(${formatCount(found - shown.length)} more)` : ''
  return [`${title}:\n${table}${more}`]
}

function describeCertificate(certificate: LeakCertificate): string {
  const { state, joins, found, undecided, compared, threshold, broken, sealed } = certificate
  const { nearPairs, facePairs } = certificate
  const joined = describeJoins(joins)
  const open = undecided.near + undecided.faces
  return [
    `Certificate ${certificate.certificateId} of split ${certificate.splitName} (${certificate.splitId}), ${certificate.madeAt}, by ${certificate.madeBy}: ${certificateWords[state]}`,
    `split ${certificate.splitHash}\nsealed ${sealed.sha256} as ${sealed.state}`,
    joined.length === 0
      ? 'Identity, file, pixel and person joins between the parts: 0 each.'
      : `In two parts: ${joined.join('; ')}.`,
    `Compared ${formatCount(compared.pictures)} pictures and ${formatCount(compared.faces)} faces of ${formatCount(compared.images)} images; ` +
      `${formatCount(found.near)} near copies across parts, ` +
      `${formatCount(found.faces)} pairs of groups with faces nearer than ${threshold ?? 'any threshold'}; ` +
      `${formatCount(open)} without a verdict.`,
    ...describeUncompared(certificate),
    describeMissed(certificate),
    ...broken.map((one) => `Since: ${describeBreak(one)}.`),
    ...describePairs(nearPairs, found.near, 'Near copies across parts'),
    ...describePairs(facePairs, found.faces, 'Nearest faces across parts'),
    adviseOn(certificate),
    ...(open > 0
      ? [
          'Say of a pair: evenhand identities same <image> <image>, or evenhand identities not-same <image> <image>',
        ]
      : []),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

/** The state of a certificate in a word or two, for lists. */
export const describeStandingShort = ({
  state,
  undecided,
}: Pick<CertificateStanding, 'state' | 'undecided'>): string => {
  if (state === null) return 'none'
  return state === 'undecided' && undecided > 0 ? `${formatCount(undecided)} pairs undecided` : state
}

/** The state of a certificate as a sentence or two. */
export function describeStandingLong(standing: CertificateStanding, name: string): string {
  const { state, splitId, certificateId, madeAt } = standing
  if (state === null) return `No leakage certificate. Make one: evenhand split certify ${splitId}`
  const head = `Certificate ${certificateId} of ${madeAt}: ${describeStandingShort(standing)}.`
  const what = state === 'leaks' || state === 'stale' ? ` ${describeBroken(standing, name)}` : ''
  return `${head}${what} ${adviseOn(standing)}`.trimEnd()
}
