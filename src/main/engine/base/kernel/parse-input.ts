import type * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

const nameStep = (step: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof step === 'object' ? step.key : step)

/** `columns.file`, `ratios[0]`; empty for the input as a whole. */
function formatPath(path: Issue['path'] = []): string {
  return path
    .map(nameStep)
    .reduce(
      (all, step) => (/^\d+$/.test(step) ? `${all}[${step}]` : all === '' ? step : `${all}.${step}`),
      '',
    )
}

function describeIssue({ message, path }: Issue): string {
  const field = formatPath(path)
  return field === '' ? message : `${field}: ${message}`
}

/** An INVALID_INPUT that names each bad field in words. */
export function createInvalidInput(what: string, issues: readonly Issue[]): AppError {
  const first = issues[0]
  const field = first === undefined ? '' : formatPath(first.path)
  return new AppError('INVALID_INPUT', `${what} does not fit. ${issues.map(describeIssue).join('; ')}`, {
    details: field === '' ? {} : { field },
  })
}

/** Reads untrusted data by a schema; throws INVALID_INPUT naming the bad fields. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value)
  if (!result.success) throw createInvalidInput(what, result.error.issues)
  return result.data
}
