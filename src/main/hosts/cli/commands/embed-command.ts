import { modelId } from '#shared/contract/base.contract.ts'
import { scanResult } from '#shared/contract/check.contract.ts'
import { embedResult, type EmbedResult } from '#shared/contract/embedding.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { listChecksOf } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const faceSpace = 'face-128'
const faceChecks = listChecksOf('faces')
const howToContinue = 'Run the same command again; what was embedded is kept.'

export function addEmbedCommand({ program, run }: CommandRegistry): void {
  const embed = defineCommand(
    program,
    'embed <space>',
    'make images comparable by what a model sees in them',
  ).addHelpText(
    'after',
    `\nSpace: ${faceSpace} for faces, or a model by its number, its name or as model-<number>.`,
  )
  embed.action((space: string) =>
    run(embed, async (context) => {
      const result = space === faceSpace ? await embedFaces(context) : await embedByModel(context, space)
      const { images, unreadable } = result
      const text = `${formatCount(images)} images embedded in ${result.space}, ${formatCount(unreadable)} unreadable; the others stood already`
      return { json: result, text }
    }),
  )

  const list = defineCommand(embed, 'list', 'list the spaces in which images can be compared')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const spaces = await client.embedding.spaces()
      const text = formatTable(spaces, [
        { title: 'space', cell: ({ name }) => name },
        { title: 'made by', cell: ({ title }) => title },
        { title: 'dimensions', cell: ({ dimensions }) => String(dimensions), alignRight: true },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
      ])
      return { json: spaces, text }
    }),
  )
}

async function embedByModel(context: CommandContext, reference: string): Promise<EmbedResult> {
  const { client } = await context.openProject()
  const named = /^model-(\d+)$/.exec(reference)?.[1] ?? reference
  const { id } = pickByReference(await client.model.list(), named, 'model')
  const { jobId } = await client.embedding.start({ modelId: modelId.parse(id) })
  return context.awaitJob(jobId, embedResult, howToContinue)
}

/** The descriptors of faces are made by the checks of faces. */
async function embedFaces(context: CommandContext): Promise<EmbedResult> {
  const { client } = await context.openProject()
  const { jobId } = await client.scan.start({ checks: faceChecks })
  const { worked, unreadable, checks: results } = await context.awaitJob(jobId, scanResult, howToContinue)
  const reason = results.find((result) => result.unavailable !== null)?.unavailable
  if (typeof reason === 'string') throw new AppError('PRECONDITION', reason)
  return { space: faceSpace, images: worked, unreadable }
}
