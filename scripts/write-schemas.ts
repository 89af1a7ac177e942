/** Writes the schemas of what others read: `node scripts/write-schemas.ts`. A test holds them to the contract. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { auditDocument } from '#shared/contract/audit.contract.ts'
import { reportDocument } from '#shared/contract/report.contract.ts'

const folder = resolve(import.meta.dirname, '../docs/schemas')
mkdirSync(folder, { recursive: true })
for (const [name, schema] of Object.entries({ report: reportDocument, audit: auditDocument }))
  writeFileSync(join(folder, `${name}.schema.json`), `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`)
