/** Writes the schemas of what others read: `node scripts/write-schemas.ts`. A test holds them to the contract. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { reportDocument } from '#shared/contract/report.contract.ts'

const folder = resolve(import.meta.dirname, '../docs/schemas')
mkdirSync(folder, { recursive: true })
writeFileSync(
  join(folder, 'report.schema.json'),
  `${JSON.stringify(z.toJSONSchema(reportDocument), null, 2)}\n`,
)
