import * as z from 'zod'
import { purposeId } from '#shared/contract/purpose.contract.ts'
import { AppError } from '#shared/contract/errors.ts'

/** A whole number as it stands on a command line. */
export const integerFlag = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number)

/** The number of a recorded purpose. */
export const purposeFlag = integerFlag.pipe(purposeId)

/** A decimal number as it stands on a command line, `1e-3` included. */
export const decimalFlag = z
  .string()
  .refine((text) => text.trim() !== '' && Number.isFinite(Number(text)), 'must be a number')
  .transform(Number)

const toFlag = (key: string): string =>
  `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** Reads commander's options; every problem is named by its flag. */
export function parseFlags<Output>(schema: z.ZodType<Output>, flags: unknown): Output {
  const parsed = schema.safeParse(flags)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${toFlag(String(path[0]))}: ${message.replace(/\.$/, '')}`,
  )
  throw new AppError('INVALID_INPUT', `${problems.join('; ')}. "--help" lists the options of a command.`)
}

/** An argument of a command, read by a schema. @param what it should be, for the refusal */
export function parseArgument<Output>(schema: z.ZodType<Output>, given: string, what: string): Output {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new AppError('INVALID_INPUT', `"${given}" is not ${what}.`)
}

/** An entry by its number or its name; a name that several share must be given as a number. */
export function pickByReference<Entry extends { readonly id: number; readonly name: string }>(
  entries: readonly Entry[],
  reference: string,
  what: string,
): Entry {
  const byId = /^\d+$/.test(reference) ? entries.find(({ id }) => id === Number(reference)) : undefined
  if (byId !== undefined) return byId
  const byName = entries.filter(({ name }) => name === reference)
  const [only] = byName
  if (only !== undefined && byName.length === 1) return only
  if (byName.length > 1) {
    const ids = byName.map(({ id }) => id).join(', ')
    throw new AppError(
      'CONFLICT',
      `Several ${what}s are named "${reference}"; give one of the numbers ${ids}.`,
    )
  }
  const known = entries.map(({ id, name }) => `${id} (${name})`).join(', ')
  throw new AppError(
    'NOT_FOUND',
    `There is no ${what} "${reference}". ${known === '' ? `The project has no ${what} yet.` : `There are: ${known}.`}`,
  )
}
