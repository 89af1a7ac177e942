import type { DecisionFormat } from '#shared/contract/decision.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { refuseStandIn } from '#engine/base/kernel/refuse-stand-in.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { readCsvDecisions } from './csv-format.ts'
import { fiftyoneDocument, readFiftyone } from './fiftyone-format.ts'
import type { ReadDecisions } from './file-decision.ts'
import { labelStudioDocument, readLabelStudio } from './label-studio-format.ts'

/** A JSON document is read as a whole: beyond this it is no list of decisions. */
const largestJsonBytes = 256 * 2 ** 20

async function readHead(file: string): Promise<string> {
  try {
    await using handle = await openRegularFile(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0)
    return buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\u{feff}/u, '')
      .trimStart()
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
}

/** Objects hold FiftyOne's samples, lists Label Studio's tasks, anything else is a table. */
async function detectFormat(file: string): Promise<DecisionFormat> {
  const head = await readHead(file)
  if (head.startsWith('{')) return 'fiftyone'
  return head.startsWith('[') ? 'label-studio' : 'csv'
}

async function readBounded(file: string): Promise<Buffer> {
  await using handle = await openRegularFile(file)
  const { size } = await handle.stat()
  if (size <= largestJsonBytes) return await handle.readFile()
  throw new AppError('INVALID_INPUT', `${file} is larger than 256 MB. Divide it, or write it as CSV.`, {
    details: { path: file },
  })
}

async function readJson(file: string, what: string): Promise<unknown> {
  try {
    const bytes = await readBounded(file)
    refuseStandIn(bytes, file)
    return JSON.parse(bytes.toString('utf8').replace(/^\u{feff}/u, ''))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw mapSystemError(error, { action: 'read', path: file })
    // The parser's own message quotes the file, which may be any other than was meant.
    throw new AppError('INVALID_INPUT', `${file} is not ${what}. Name the file that was exported.`, {
      cause: error,
    })
  }
}

/** Throws INVALID_INPUT where the file is not what its format says. */
export async function readDecisionFile(
  file: string,
  { format, signal }: { format: DecisionFormat | undefined; signal: AbortSignal },
): Promise<ReadDecisions & { readonly format: DecisionFormat }> {
  const found = format ?? (await detectFormat(file))
  switch (found) {
    case 'csv':
      return { format: found, ...(await readCsvDecisions(file, signal)) }
    case 'fiftyone': {
      const parsed = fiftyoneDocument.safeParse(await readJson(file, 'JSON of FiftyOne'))
      if (!parsed.success) throw refuse(file, 'FiftyOne', '{"samples": [{"filepath": ..., "tags": [...]}]}')
      return { format: found, ...readFiftyone(parsed.data) }
    }
    case 'label-studio': {
      const parsed = labelStudioDocument.safeParse(await readJson(file, 'JSON of Label Studio'))
      if (!parsed.success)
        throw refuse(file, 'Label Studio', '[{"data": {"image": ...}, "annotations": [{"result": [...]}]}]')
      return { format: found, ...readLabelStudio(parsed.data) }
    }
    default:
      return found satisfies never
  }
}

const refuse = (file: string, tool: string, shape: string): AppError =>
  new AppError('INVALID_INPUT', `${file} does not hold decisions as ${tool} writes them: ${shape}.`, {
    details: { path: file },
  })
