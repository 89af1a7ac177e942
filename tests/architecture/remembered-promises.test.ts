import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** A variable or field that holds a promise or nothing yet, or a map of promises: the makings of a memory. */
const memory = /Promise<[^=;()]*>\s*\|\s*(?:null|undefined)\s*(?:=|;|$)|new Map<[^()]*Promise</m

/** What may hold one: each forgets a promise that was rejected. */
const keepers = [
  'src/main/engine/base/kernel/remember.ts',
  'src/main/engine/learning/training/run-plan.service.ts',
]

it('a promise is kept for later by what forgets it when it was rejected, and by nothing else', () => {
  const holders = globSync('src/{main,preload,shared}/**/*.ts', { cwd: root }).filter((file) =>
    memory.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(holders.map((file) => file.replaceAll('\\', '/')).sort()).toEqual(keepers)
})

it.each([
  'let codec: Promise<ImageCodec> | undefined\n',
  '  #session: Promise<EngineSession> | null = null\n',
  'const known = new Map<string, Promise<Answer>>()\n',
])('a memory is seen: %s', (line) => {
  expect(memory.test(line)).toBe(true)
})
