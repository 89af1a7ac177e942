import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, modelId } from '#shared/contract/base.contract.ts'
import { bundleResult, bundleVerdict, type BundleVerdict } from '#shared/contract/report.contract.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { readZip } from '#engine/reports/bundles/domain/read-zip.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const opened = openEngine(home)
const { client } = opened
const one = evaluationId.parse(1)
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write('There is no python3 here: verify.py in the bundle is not run.\n')

let project: string
let fresh: Buffer
let parts: Map<string, Uint8Array>

const refuse = (reason: string): never => {
  throw new Error(reason)
}

beforeAll(async () => {
  const made = await makeLabelledProject(client, { folder: folder.path, images: 120 })
  project = made.project
  const { splitId } = made
  await finishWell(client, (await client.leakage.certify({ splitId })).jobId)
  const trainable = 'heads' as const
  const request = { splitId, inputSize: 32, epochs: 1, batchSize: 16, trainable }
  await finishWell(client, (await client.run.start(request)).jobId)
  const unseal = { reason: 'To report it', by: 'Ann' }
  const asked = { modelId: modelId.parse(1), part: 'test' as const, unseal }
  await finishWell(client, (await client.evaluation.create(asked)).jobId)
  // Without draws, which start threads for every table of every bundle that is verified.
  fresh = await bundle('fresh.zip', { draws: 0, depth: 'summary' })
  parts = new Map(readZip(fresh, refuse).map(({ path, content }) => [path, content]))
}, 300_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

async function bundle(name: string, asked: object): Promise<Buffer> {
  const file = join(folder.path, name)
  const { jobId } = await client.report.bundle({ evaluationId: one, file, ...asked })
  const made = bundleResult.parse(await finishWell(client, jobId))
  const bytes = readFileSync(file)
  expect(hashBytes(bytes)).toBe(made.sha256)
  return bytes
}

const verify = (file: string): Promise<BundleVerdict> => client.bundle.verify({ file })

/** What verify.py says of a file; null where there is no Python. */
function verifyByPython(file: string) {
  if (!hasPython) return null
  const program = join(folder.path, 'verify.py')
  if (!existsSync(program)) writeFileSync(program, parts.get('verify.py') ?? '')
  const { status, stdout, stderr } = spawnSync('python3', [program, file, '--json'], { encoding: 'utf8' })
  const said: unknown = status === 0 || status === 4 ? JSON.parse(stdout) : null
  return { status, stderr, checks: (said as { checks: { line: string }[] } | null)?.checks ?? [] }
}

describe('a bundle', () => {
  it('holds line by line, by Evenhand and by the program in it, and is the same bytes again', async () => {
    const whole = await bundle('whole.zip', { draws: 40 })
    const verdict = await verify(join(folder.path, 'whole.zip'))
    const told = verdict.checks.filter(({ holds }) => holds !== true)
    expect(told.map(({ line, holds }) => [line, holds])).toEqual([
      ['certificate, since', null],
      ['ledger, after', null],
      ['report.json, words', null],
      ['signature', null],
    ])
    expect(verdict).toMatchObject({ holds: true, counts: { broken: 0, notChecked: 4 } })
    expect(verdict.counts.holding).toBeGreaterThan(1000)
    expect(verifyByPython(join(folder.path, 'whole.zip'))).toMatchObject(
      hasPython ? { status: 0, checks: [] } : {},
    )
    expect((await bundle('again.zip', { draws: 40 })).equals(whole)).toBe(true)
  })

  it('holds no picture, no name of a file and no place of this machine', () => {
    const strangers = [folder.path, homedir(), process.cwd(), '_0_0_2017', '2017010100'].filter(
      ({ length }) => length > 5,
    )
    const held = [...parts].flatMap(([path, content]) =>
      strangers
        .filter((stranger) => Buffer.from(content).includes(stranger))
        .map((stranger) => `${path} holds ${stranger}`),
    )
    expect(held).toEqual([])
  })
})

it('the commands write and verify it, with exit code 4 where something does not hold, and want no project to verify', async () => {
  await client.project.close()
  const run = (...argv: string[]) => callCommand(argv, { userDataFolder: home, workingFolder: folder.path })
  const made = await run(
    'bundle',
    '--evaluation',
    '1',
    '--out',
    'by-command.zip',
    '--depth',
    'summary',
    '--draws',
    '0',
    '--json',
    '--project',
    project,
  )
  expect(made).toMatchObject({ code: 0 })
  expect(readFileSync(join(folder.path, 'by-command.zip')).equals(fresh)).toBe(true)
  const verified = await run('verify', 'by-command.zip', '--json')
  expect(verified).toMatchObject({ code: 0 })
  expect(bundleVerdict.parse(JSON.parse(verified.stdout)).holds).toBe(true)
  writeFileSync(join(folder.path, 'cut.zip'), fresh.subarray(0, -9))
  expect((await run('verify', 'cut.zip')).code).toBe(2)
  expect((await run('verify', 'nowhere.zip')).code).toBe(3)
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(join(folder.path, 'key.pem'), keys.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(join(folder.path, 'key.pub.pem'), keys.publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(join(folder.path, 'other.pem'), other.publicKey.export({ type: 'spki', format: 'pem' }))
  const asked = ['--evaluation', '1', '--depth', 'summary', '--draws', '0', '--project', project]
  const refused = await run('bundle', ...asked, '--out', 'unsigned.zip', '--sign', 'other.pem')
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('it is the public half') })
  const signed = await run('bundle', ...asked, '--out', 'signed.zip', '--sign', 'key.pem')
  expect(signed.stdout).toMatch(/signed by the key [0-9a-f]{64}/)
  expect((await run('verify', 'signed.zip', '--key', 'key.pub.pem')).code).toBe(0)
  expect((await run('verify', 'signed.zip', '--key', 'other.pem')).code).toBe(4)
})
