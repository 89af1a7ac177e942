import type { CsvError } from 'csv-parse'
import { lookUp } from '#shared/domain/look-up.ts'

/** A line that is longer is none of a table, and would be held as a whole however long it is. */
export const longestRecordCharacters = 1_000_000

/** Where and why a table cannot be read; the parser's own message quotes what stands there, which may be no table at all. */
export function describeCsvError(error: CsvError): string {
  const line = 'lines' in error && typeof error.lines === 'number' ? ` in line ${error.lines}` : ''
  const reasons: Readonly<Record<string, string>> = {
    CSV_INVALID_CLOSING_QUOTE: 'characters follow a closing quote',
    INVALID_OPENING_QUOTE: 'a quote stands inside a field that does not begin with one',
    CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
    CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'characters follow a closing quote',
    CSV_MAX_RECORD_SIZE: 'a line is too long',
  }
  return `${lookUp(reasons, error.code) ?? 'its lines are not those of a table'}${line}`
}
