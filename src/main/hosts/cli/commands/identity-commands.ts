import * as z from 'zod'
import { imageId } from '#shared/contract/base.contract.ts'
import {
  identityActId,
  personId,
  proposalId,
  proposeResult,
  type IdentityActResult,
  type IdentityProposal,
  type IdentitySummary,
  type Person,
  type SharedImages,
} from '#shared/contract/identity.contract.ts'
import { errorTable } from '#shared/contract/errors.ts'
import { describeDoubt, describeRates, whereItErrs } from '#shared/domain/describe-identities.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseArgument, parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { applyProposals } from './apply-proposals.ts'
import { defineCommand } from './define-command.ts'

const topFlag = z.object({ top: integerFlag.pipe(z.int().min(1).max(1000)).default(20) })
const reviewerFlag = z.object({ reviewer: z.string().optional() })
const reviewerHelp = 'who says it (default: the name of the settings)'

const readImages = (given: readonly string[]) =>
  given.map((one) => parseArgument(z.coerce.number().pipe(imageId), one, 'the number of an image'))
const readPeople = (given: readonly string[]) =>
  given.map((one) => parseArgument(z.coerce.number().pipe(personId), one, 'the number of a person'))

export function addIdentityCommands({ program, run }: CommandRegistry): void {
  const identities = defineCommand(
    program,
    'identities',
    'who is the same person in several images, as inferred and decided; nobody is named',
  )
  identities.action(() =>
    run(identities, async (context) => {
      const { client } = await context.openProject()
      const summary = await client.identity.summary()
      return { json: summary, text: describeSummary(summary) }
    }),
  )

  const propose = defineCommand(
    identities,
    'propose',
    'infer who is the same person; what people said stands',
  ).alias('infer')
  propose.action(() =>
    run(propose, async (context) => {
      const { client } = await context.openProject()
      const { jobId } = await client.identity.propose()
      const result = await context.awaitJob(
        jobId,
        proposeResult,
        'Start it again: evenhand identities propose',
      )
      return { json: result, text: describeSummary(await client.identity.summary()) }
    }),
  )

  const pairs = defineCommand(
    identities,
    'pairs',
    'list the pairs that want a person, the most doubtful first',
  ).option('--top <n>', 'at most so many (default: 20)')
  pairs.action(() =>
    run(pairs, async (context) => {
      const { top } = parseFlags(topFlag, pairs.opts())
      const { client } = await context.openProject()
      const found = await client.identity.proposals({ limit: top })
      return { json: found, text: describePairs(found) }
    }),
  )

  const list = defineCommand(identities, 'list', 'list the people with several images')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const people: Person[] = []
      for (let after = 0; ;) {
        const page = await client.identity.list({ after, limit: 1000 })
        people.push(...page)
        const last = page.at(-1)
        if (last === undefined || page.length < 1000) break
        after = last.identityId
      }
      return { json: people, text: describePeople(people) }
    }),
  )

  const shared = defineCommand(
    identities,
    'shared',
    'what data sets, or their train, val and test folders, share: files, pixels, near copies, people',
  ).option('--top <n>', 'list at most so many groups (default: 20)')
  shared.action(() =>
    run(shared, async (context) => {
      const { top } = parseFlags(topFlag, shared.opts())
      const { client } = await context.openProject()
      const found = await client.identity.shared({ limit: top })
      return { json: found, text: describeShared(found) }
    }),
  )

  const apply = defineCommand(
    identities,
    'apply <proposal...>',
    'do what proposals say: join the people of a merge, part those of a split',
  ).option('--reviewer <name>', reviewerHelp)
  apply.action((given: string[]) =>
    run(apply, async (context) => {
      const ids = given.map((one) =>
        parseArgument(z.coerce.number().pipe(proposalId), one, 'the number of a proposal'),
      )
      const flags = parseFlags(reviewerFlag, apply.opts())
      const { client } = await context.openProject()
      const { applied, failed } = await applyProposals(client, { ids, ...flags })
      const text = applied.map(describeAct).join('\n')
      if (failed === null) return { json: applied, text }
      const { proposalId: at, left, error } = failed
      // What was done stands: it is told with why the rest was not.
      context.note(`Proposal ${at} failed: ${error.message}`)
      if (left.length > 0) context.note(`Not tried any more: ${left.join(', ')}.`)
      const { code, message, details } = error
      return {
        json: { applied, error: { code, message, details }, failed: at, left },
        text:
          applied.length === 0
            ? ''
            : `Applied ${formatCount(applied.length)} of ${formatCount(ids.length)}:\n${text}`,
        exitCode: errorTable[code].exitCode,
      }
    }),
  )

  const merge = defineCommand(identities, 'merge <person...>', 'say that people are one').option(
    '--reviewer <name>',
    reviewerHelp,
  )
  merge.action((given: string[]) =>
    run(merge, async (context) => {
      const people = readPeople(given)
      const { client } = await context.openProject()
      const flags = parseFlags(reviewerFlag, merge.opts())
      const made = await client.identity.act({ kind: 'merge', people, ...flags })
      return { json: made, text: describeAct(made) }
    }),
  )

  const ofImages = (kind: 'same' | 'split' | 'not-a-face', description: string): void => {
    const command = defineCommand(identities, `${kind} <image...>`, description).option(
      '--reviewer <name>',
      reviewerHelp,
    )
    command.action((given: string[]) =>
      run(command, async (context) => {
        const images = readImages(given)
        const { client } = await context.openProject()
        const made = await client.identity.act({ kind, images, ...parseFlags(reviewerFlag, command.opts()) })
        return { json: made, text: describeAct(made) }
      }),
    )
  }
  ofImages('same', 'say that images are of one person')
  ofImages('split', 'say that images are of another person than the others beside them')
  ofImages('not-a-face', 'say that images show no face')

  const apart = defineCommand(
    identities,
    'not-same <image> <other>',
    'say that two images are of two people',
  ).option('--reviewer <name>', reviewerHelp)
  apart.action((one: string, other: string) =>
    run(apart, async (context) => {
      const [first, second] = readImages([one, other])
      if (first === undefined || second === undefined) throw new Error('Two images are read as two')
      const { client } = await context.openProject()
      const flags = parseFlags(reviewerFlag, apart.opts())
      const made = await client.identity.act({ kind: 'not-same', images: [first, second], ...flags })
      return { json: made, text: describeAct(made) }
    }),
  )

  const undo = defineCommand(
    identities,
    'undo [act]',
    'take an act back: your newest, or another by its number',
  ).option('--reviewer <name>', 'whose newest (default: the name of the settings)')
  undo.action((given: string | undefined) =>
    run(undo, async (context) => {
      const actId =
        given === undefined
          ? undefined
          : parseArgument(z.coerce.number().pipe(identityActId), given, 'the number of an act')
      const { client } = await context.openProject()
      const flags = parseFlags(reviewerFlag, undo.opts())
      const made = await client.identity.undo({ ...(actId !== undefined && { actId }), ...flags })
      return { json: made, text: describeAct(made) }
    }),
  )

  const acts = defineCommand(identities, 'acts', 'list what people said of identities, newest first').option(
    '--top <n>',
    'at most so many (default: 20)',
  )
  acts.action(() =>
    run(acts, async (context) => {
      const { top } = parseFlags(topFlag, acts.opts())
      const { client } = await context.openProject()
      const found = await client.identity.acts({ limit: top })
      const table = formatTable(found, [
        { title: 'act', cell: ({ actId }) => String(actId), alignRight: true },
        { title: 'what', cell: ({ kind, origin }) => (origin === null ? kind : `${kind} of ${origin}`) },
        { title: 'images', cell: ({ images }) => nameImages(images) },
        { title: 'who', cell: ({ actor }) => actor },
        { title: 'when', cell: ({ at }) => at },
        { title: '', cell: ({ isUndone }) => (isUndone ? 'taken back' : '') },
      ])
      return { json: found, text: table }
    }),
  )
}

function describeShared({ origins, pairs, groups }: SharedImages): string {
  const nameOf = (at: number): string => {
    const { dataset = '', part = null } = origins[at] ?? {}
    return part === null ? dataset : `${dataset}/${part}`
  }
  if (pairs.length === 0) return 'There is one data set without parts, which shares nothing with another.'
  const count = (value: number): string => formatCount(value)
  const table = formatTable(pairs, [
    { title: 'of', cell: ({ a }) => nameOf(a) },
    { title: 'and', cell: ({ b }) => nameOf(b) },
    { title: 'same file', cell: ({ file }) => count(file), alignRight: true },
    { title: 'same pixels', cell: ({ pixels }) => count(pixels), alignRight: true },
    { title: 'near copies', cell: ({ near }) => count(near), alignRight: true },
    { title: 'people', cell: ({ person }) => count(person), alignRight: true },
  ])
  const listed = groups.map(
    ({ kind, images, origins: of }) =>
      `${kind}: ${nameImages(images)} (${[...new Set(of)].map(nameOf).join(', ')})`,
  )
  return [table, ...listed].join('\n')
}

const listedImages = 8

const nameImages = (images: readonly number[]): string =>
  images.length <= listedImages
    ? images.join(', ')
    : `${images.slice(0, listedImages).join(', ')} and ${formatCount(images.length - listedImages)} more`

function describeSummary(summary: IdentitySummary): string {
  const { facts, isStale, people, several, images, unassigned, open, proposals } = summary
  if (facts === null) return 'Nobody has been inferred yet: evenhand identities propose'
  return [
    `${formatCount(people)} people, ${formatCount(several)} of them in several images; ` +
      `${formatCount(unassigned)} of ${formatCount(images)} images are of nobody.`,
    ...describeRates(facts),
    `${formatCount(open)} of ${formatCount(proposals)} pairs want a person: evenhand identities pairs`,
    whereItErrs,
    ...(isStale ? ['Descriptors, or what people said, have changed since: evenhand identities propose'] : []),
  ].join('\n')
}

function describePairs(found: readonly IdentityProposal[]): string {
  if (found.length === 0) return 'No pair wants a person.'
  return formatTable(found, [
    { title: 'proposal', cell: (one) => String(one.proposalId), alignRight: true },
    { title: 'says', cell: ({ kind }) => (kind === 'merge' ? 'one person' : 'two people') },
    { title: 'images', cell: ({ images }) => images.join(' and ') },
    { title: 'distance', cell: ({ distance }) => distance.toFixed(3), alignRight: true },
    { title: 'nearest', cell: ({ nearest }) => nearest.toFixed(3), alignRight: true },
    { title: 'doubt', cell: ({ doubt }) => doubt.toFixed(2), alignRight: true },
    { title: 'why', cell: ({ reasons }) => describeDoubt(reasons) },
  ])
}

function describePeople(people: readonly Person[]): string {
  if (people.length === 0) return 'Nobody has several images.'
  return formatTable(people, [
    { title: 'person', cell: ({ identityId }) => String(identityId), alignRight: true },
    { title: 'images', cell: ({ images }) => nameImages(images) },
    { title: 'from', cell: ({ origin }) => origin },
  ])
}

function describeAct({ act, people }: IdentityActResult): string {
  const now = people.map(({ identityId, images }) => `  person ${identityId}: ${nameImages(images)}`)
  return [`Act ${act.actId}: ${act.kind}${act.origin === null ? '' : ` of ${act.origin}`}`, ...now].join('\n')
}
