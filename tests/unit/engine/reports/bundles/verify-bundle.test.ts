import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, timestamp } from '#shared/contract/base.contract.ts'
import type { AppError } from '#shared/contract/errors.ts'
import { reportDocument, type BundleVerdict, type ReportDocument } from '#shared/contract/report.contract.ts'
import { hashBytes, toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { hashLine } from '#engine/base/ledger/domain/chain.ts'
import { chainPart, manifest, type ChainPart } from '#engine/reports/bundles/domain/manifest.ts'
import { writeZip, type ZipEntry } from '#engine/reports/bundles/domain/write-zip.ts'
import { bundleFromJSON } from '@sigstore/bundle'
import { toSignedEntity, Verifier } from '@sigstore/verify'
import { readBundle } from '#engine/reports/bundles/read-bundle.ts'
import { signBundle } from '#engine/reports/bundles/sign-bundle.ts'
import { readSigningKey, readVerifyingKey } from '#engine/reports/bundles/signing-keys.ts'
import { verifyBundle } from '#engine/reports/bundles/verify-bundle.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { productWorkers } from '#tests/fixtures/product.ts'
import { makeBundle } from '#tests/fixtures/report-bundle.ts'
import { drawInPlace } from '#tests/fixtures/report-document.ts'

const folder = makeTemporaryFolder()
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write('There is no python3 here: verify.py in the bundle is not run.\n')

let fresh: Buffer
let parts: Map<string, Uint8Array>
let report: ReportDocument

beforeAll(async () => {
  parts = new Map((await makeBundle()).map(({ path, content }) => [path, content]))
  fresh = zipOf(parts)
  report = reportDocument.parse(readJson('report.json'))
})

afterAll(() => folder[Symbol.dispose]())

const textOf = (path: string): string => Buffer.from(parts.get(path) ?? '').toString()
const readJson = (path: string): unknown => JSON.parse(textOf(path))
const writeJson = (value: unknown): Uint8Array => Buffer.from(`${toCanonicalJson(value)}\n`)

async function verify(file: string, signer: KeyObject | null = null): Promise<BundleVerdict> {
  const host = { workers: productWorkers, threads: drawInPlace, signal: new AbortController().signal }
  return verifyBundle(await readBundle(file), { file, signer, host })
}

/** What verify.py says of a file; null where there is no Python. */
function verifyByPython(file: string) {
  if (!hasPython) return null
  const program = join(folder.path, 'verify.py')
  if (!existsSync(program)) writeFileSync(program, parts.get('verify.py') ?? '')
  const { status, stdout, stderr } = spawnSync('python3', [program, file, '--json'], { encoding: 'utf8' })
  const said: unknown = status === 0 || status === 4 ? JSON.parse(stdout) : null
  const { checks = [], notLookedAt = [] } = (said ?? {}) as {
    checks?: { line: string }[]
    notLookedAt?: { line: string }[]
  }
  return { status, stderr, checks, left: notLookedAt.map(({ line }) => line) }
}

const zipOf = (changed: ReadonlyMap<string, Uint8Array>): Buffer =>
  Buffer.concat(writeZip([...changed].map(([path, content]): ZipEntry => ({ path, content }))))

/** With a manifest that lists the parts as they are, as somebody would write it who changes them with care. */
function listAnew(changed: Map<string, Uint8Array>): Map<string, Uint8Array> {
  const before = manifest.parse(JSON.parse(Buffer.from(changed.get('manifest.json') ?? '').toString()))
  const listed = [...changed].filter(([path]) => path !== 'manifest.json')
  const all = listed.map(([path, content]) => ({ path, bytes: content.length, sha256: hashBytes(content) }))
  return changed.set('manifest.json', writeJson({ ...before, parts: all }))
}

function withPart(path: string, content: Uint8Array | string): Map<string, Uint8Array> {
  return listAnew(new Map(parts).set(path, typeof content === 'string' ? Buffer.from(content) : content))
}

function withReport(change: (changed: ReportDocument) => void): Map<string, Uint8Array> {
  const changed = structuredClone(report)
  change(changed)
  return withPart('report.json', writeJson(changed))
}

function withLedger(change: (ledger: ChainPart) => void, path = 'ledger.json'): Map<string, Uint8Array> {
  const ledger = chainPart.parse(readJson(path))
  change(ledger)
  return withPart(path, writeJson(ledger))
}

/** The lines as they are, chained anew: what somebody does who rewrites a ledger with care. */
function chainAnew(ledger: ChainPart): void {
  let previous = '0'.repeat(64)
  for (const line of ledger.lines) {
    line.previous = previous
    line.hash = hashLine(ledger.ledger, line)
    previous = line.hash
  }
}

function withRow(
  path: string,
  row: number,
  change: (cells: string[], header: string[]) => string[],
): Map<string, Uint8Array> {
  const lines = textOf(path).split('\n')
  lines[row] = change((lines[row] ?? '').split(','), (lines[0] ?? '').split(',')).join(',')
  return withPart(path, lines.join('\n'))
}

const setCell = (cells: string[], header: string[], name: string, value: string): string[] =>
  cells.map((cell, index) => (header[index] === name ? value : cell))

const task = (changed: ReportDocument, name: string) => {
  const found = changed.tasks.find((own) => own.task === name)
  if (found === undefined) throw new Error(`The report has no ${name}`)
  return found
}
const table = (changed: ReportDocument, name: string, by: string) => {
  const found = task(changed, name).groups.find((own) => own.metric === 'accuracy' && own.by.join() === by)
  if (found === undefined) throw new Error(`The report has no table by ${by}`)
  return found
}
const dropFirst = (text: string): string =>
  [...text.split('\n').slice(0, 1), ...text.split('\n').slice(2)].join('\n')

interface Tampering {
  readonly what: string
  /** A line that must be among those that do not hold. */
  readonly line: string
  readonly change: () => Map<string, Uint8Array>
  /** Where the program in the bundle calls it otherwise. */
  readonly lineOfPython?: string
  /** What the program in the bundle leaves to Evenhand, as its README says. */
  readonly onlyEvenhand?: true
}

const opening = (changed: ReportDocument) => {
  const found = changed.testPart?.opening
  if (found === null || found === undefined) throw new Error('The report has no opening')
  return found
}

const tamperings: readonly Tampering[] = [
  {
    what: 'a byte of a part',
    line: 'part report.html',
    change: () => new Map(parts).set('report.html', Buffer.from(`${textOf('report.html')} `)),
  },
  {
    what: 'a part taken away',
    line: 'part tables/pairs.csv',
    change: () => {
      const left = new Map(parts)
      left.delete('tables/pairs.csv')
      return left
    },
  },
  {
    what: 'a part that a bundle must hold taken away with its line',
    line: 'part ledger.json',
    change: () => {
      const left = new Map(parts)
      left.delete('ledger.json')
      return listAnew(left)
    },
  },
  {
    what: 'a part put in',
    line: 'part extra.txt',
    change: () => new Map(parts).set('extra.txt', Buffer.from('x')),
  },
  {
    what: 'a hash of the manifest',
    line: 'part README.md',
    change: () =>
      new Map(parts).set(
        'manifest.json',
        Buffer.from(textOf('manifest.json').replace(hashBytes(parts.get('README.md') ?? ''), '0'.repeat(64))),
      ),
  },
  {
    what: 'the report written otherwise',
    line: 'report.json',
    change: () => withPart('report.json', JSON.stringify(report, null, 2)),
  },
  {
    what: 'an accuracy',
    line: 'tasks[gender].result.accuracy.value',
    change: () =>
      withReport((said) => {
        task(said, 'gender').result.accuracy.value = 0.99
      }),
  },
  {
    what: 'a number of images',
    line: 'tasks[gender].result.accuracy.n',
    change: () =>
      withReport((said) => {
        task(said, 'gender').result.accuracy.n += 100
      }),
  },
  {
    what: 'a balanced accuracy',
    line: 'tasks[gender].result.balancedAccuracy.value',
    change: () =>
      withReport((said) => {
        const own = task(said, 'gender').result.balancedAccuracy
        if (own !== null) own.value = 0.5
      }),
  },
  {
    what: 'a macro-F1',
    line: 'tasks[gender].result.macroF1.value',
    change: () =>
      withReport((said) => {
        const own = task(said, 'gender').result.macroF1
        if (own !== null) own.value = 0.5
      }),
  },
  {
    what: 'a count of a confusion',
    line: 'tasks[gender].result.confusion',
    change: () =>
      withReport((said) => {
        const [row] = task(said, 'gender').result.confusion.counts
        if (row !== undefined) row[0] = (row[0] ?? 0) + 1
      }),
  },
  {
    what: 'the figure of a group',
    line: 'tasks[gender].groups[accuracy by race].groups[Black].value',
    change: () =>
      withReport((said) => {
        const [own] = table(said, 'gender', 'race').groups
        if (own !== undefined) own.value = 0.9
      }),
  },
  {
    what: 'the people of a group',
    line: 'tasks[gender].groups[accuracy by race].groups[Black].identities',
    change: () =>
      withReport((said) => {
        const [own] = table(said, 'gender', 'race').groups
        if (own !== undefined) own.identities += 1
      }),
  },
  {
    what: 'how a group is shown',
    line: 'tasks[gender].groups[accuracy by race].groups[Black].shown',
    change: () =>
      withReport((said) => {
        const [own] = table(said, 'gender', 'race').groups
        if (own !== undefined) own.shown = 'yes'
      }),
  },
  {
    what: 'a gap',
    line: 'tasks[gender].groups[accuracy by gender].aggregate.difference',
    change: () =>
      withReport((said) => {
        const own = table(said, 'gender', 'gender').aggregate
        if (own !== null) own.difference = 0
      }),
  },
  {
    what: 'a ratio',
    line: 'tasks[gender].groups[accuracy by gender].aggregate.ratio',
    change: () =>
      withReport((said) => {
        const own = table(said, 'gender', 'gender').aggregate
        if (own !== null) own.ratio = 1
      }),
  },
  {
    what: 'a difference of a pair',
    line: 'tasks[gender].groups[accuracy by gender].pairs[Female - Male].difference',
    change: () =>
      withReport((said) => {
        const [own] = table(said, 'gender', 'gender').pairs
        if (own !== undefined) own.difference += 0.01
      }),
  },
  {
    what: 'a bin of a calibration',
    line: 'tasks[gender].reliability',
    change: () =>
      withReport((said) => {
        const own = task(said, 'gender').reliability[0]?.bins.find(({ n }) => n > 0)
        if (own !== undefined) own.n += 1
      }),
  },
  {
    what: 'who is in the images',
    line: 'population.groupings[race].groups[Black].images',
    change: () =>
      withReport((said) => {
        const [own] = said.population.groupings[0]?.groups ?? []
        if (own !== undefined) own.images += 1
      }),
  },
  {
    what: 'an answer',
    line: 'predictions.csv, hash',
    change: () =>
      withRow('predictions.csv', 3, (cells, header) =>
        setCell(
          cells,
          header,
          'gender_answer',
          cells[header.indexOf('gender_answer')] === 'Male' ? 'Female' : 'Male',
        ),
      ),
  },
  {
    what: 'a label',
    line: 'predictions.csv, hash',
    change: () =>
      withRow('predictions.csv', 3, (cells, header) =>
        setCell(
          cells,
          header,
          'gender_label',
          cells[header.indexOf('gender_label')] === 'Male' ? 'Female' : 'Male',
        ),
      ),
  },
  {
    what: 'a probability',
    line: 'predictions.csv, hash',
    change: () =>
      withRow('predictions.csv', 3, (cells, header) => setCell(cells, header, 'gender_p_Male', '0.25')),
  },
  {
    what: 'an image left out',
    line: 'predictions.csv, images',
    change: () => withPart('predictions.csv', dropFirst(textOf('predictions.csv'))),
  },
  {
    what: 'a person made of two',
    line: 'population.people',
    change: () => withRow('predictions.csv', 3, (cells, header) => setCell(cells, header, 'identity', '0')),
  },
  {
    what: 'another file for an image',
    line: 'members.csv, images',
    change: () =>
      withRow('predictions.csv', 3, (cells, header) => setCell(cells, header, 'sha256', 'f'.repeat(64))),
  },
  {
    what: 'a table that is none',
    line: 'predictions.csv',
    change: () => withRow('predictions.csv', 3, (cells) => cells.slice(1)),
  },
  {
    what: 'a line of the ledger',
    line: 'ledger line 1',
    change: () =>
      withLedger(({ lines: [line] }) => {
        if (line !== undefined) line.open.at = '2020-01-01T00:00:00.000Z'
      }),
  },
  {
    what: 'a line of the ledger taken away',
    line: 'ledger line 2',
    change: () =>
      withLedger(({ lines }) => {
        lines.splice(1, 1)
      }),
  },
  {
    what: 'the end of the ledger',
    line: 'ledger head',
    change: () =>
      withLedger(({ lines }) => {
        lines.pop()
      }),
  },
  {
    what: 'the ledger written anew',
    line: 'ledger head',
    change: () =>
      withLedger((ledger) => {
        const [line] = ledger.lines
        if (line !== undefined) line.open.at = '2020-01-01T00:00:00.000Z'
        chainAnew(ledger)
      }),
  },
  {
    what: 'who opened the test part',
    line: 'opening',
    change: () =>
      withReport((said) => {
        opening(said).by = 'Bob'
      }),
  },
  {
    what: 'how often it was opened before',
    line: 'opening',
    change: () =>
      withReport((said) => {
        opening(said).earlier = 3
      }),
  },
  {
    what: 'the hash that binds answers to the opening',
    line: 'evaluation in the ledger',
    change: () =>
      withReport((said) => {
        said.subject.predictionsSha256 = 'e'.repeat(64)
      }),
  },
  {
    what: 'the certificate',
    line: 'certificate',
    change: () =>
      withLedger(({ lines: [line] }) => {
        if (line !== undefined) line.open.state = 'clean'
      }, 'certificate.json'),
  },
  {
    what: 'what the report says of the certificate',
    line: 'certificate findings',
    change: () =>
      withReport((said) => {
        if (said.certificate !== null) said.certificate.compared.pictures = 320 + 1
      }),
  },
  {
    what: 'a certificate of another split',
    line: 'certificate split',
    change: () =>
      withReport((said) => {
        said.subject.splitHash = 'd'.repeat(64)
      }),
  },
  {
    what: 'a person in two parts',
    line: 'members.csv, groups',
    change: () => {
      const lines = textOf('members.csv').split('\n')
      const test = lines.find((own) => own.includes(',test,'))?.split(',')[2] ?? ''
      const at = lines.findIndex((own) => own.includes(',train,'))
      lines[at] = [...(lines[at] ?? '').split(',').slice(0, 2), test].join(',')
      return withPart('members.csv', lines.join('\n'))
    },
  },
  {
    what: 'an image of the part left out',
    line: 'members.csv, images',
    change: () => {
      const lines = textOf('members.csv').split('\n')
      lines.splice(
        lines.findIndex((own) => own.includes(',test,')),
        1,
      )
      return withPart('members.csv', lines.join('\n'))
    },
  },
  {
    what: 'an interval',
    line: 'tasks[gender].result.accuracy.low',
    onlyEvenhand: true,
    change: () =>
      withReport((said) => {
        task(said, 'gender').result.accuracy.low = 0.01
      }),
  },
  {
    what: 'a verdict',
    line: 'tasks[gender].groups[accuracy by gender].pairs[Female - Male].verdict',
    onlyEvenhand: true,
    change: () =>
      withReport((said) => {
        const [own] = table(said, 'gender', 'gender').pairs
        if (own !== undefined) own.verdict = own.verdict === 'alike' ? 'differs' : 'alike'
      }),
  },
  {
    what: 'a finding',
    line: 'findings[1].text',
    onlyEvenhand: true,
    change: () =>
      withReport((said) => {
        const [own] = said.findings
        if (own !== undefined) own.text = 'All is well.'
      }),
  },
  {
    what: 'a page, with its hash',
    line: 'report.html',
    onlyEvenhand: true,
    change: () => withPart('report.html', textOf('report.html').replace('Fairness report', 'Fair report')),
  },
  {
    what: 'that a test part was opened',
    line: 'opening',
    change: () =>
      withReport((said) => {
        said.testPart = null
      }),
  },
  {
    what: 'that nothing recorded the opening',
    line: 'opening',
    change: () =>
      withReport((said) => {
        if (said.testPart !== null) said.testPart.opening = null
      }),
  },
  {
    what: 'how often it was opened since',
    line: 'opening, later',
    change: () =>
      withReport((said) => {
        if (said.testPart !== null) said.testPart.later = 5
      }),
  },
  {
    what: 'why it was opened',
    line: 'opening, words',
    change: () =>
      withReport((said) => {
        opening(said).reason = 'To see it'
      }),
  },
  {
    what: 'the hash of the weights',
    line: 'subject',
    change: () =>
      withReport((said) => {
        said.subject.weightsSha256 = 'e'.repeat(64)
      }),
  },
  {
    what: 'the number of the evaluation',
    line: 'evaluation in the ledger',
    change: () =>
      withReport((said) => {
        said.subject.evaluationId = evaluationId.parse(9)
      }),
  },
  {
    what: 'the split of the test part',
    line: 'subject, split',
    change: () =>
      withReport((said) => {
        said.subject.splitHash = 'd'.repeat(64)
      }),
  },
  {
    what: 'the part',
    line: 'opening',
    change: () =>
      withReport((said) => {
        said.subject.part = 'val'
      }),
  },
  {
    what: 'the state of the certificate',
    line: 'certificate state',
    change: () =>
      withReport((said) => {
        if (said.certificate !== null) said.certificate.state = 'clean'
      }),
  },
  {
    what: 'that parts are joined',
    line: 'certificate joins',
    change: () =>
      withReport((said) => {
        if (said.certificate !== null) said.certificate.joins.person = 7
      }),
  },
  {
    what: 'how many pairs are undecided',
    line: 'certificate undecided',
    change: () =>
      withReport((said) => {
        if (said.certificate !== null) said.certificate.undecided.faces = 100
      }),
  },
  {
    what: 'when the report was made',
    line: 'report.json, at',
    change: () =>
      withReport((said) => {
        said.at = timestamp.parse('2020-01-01T00:00:00.000Z')
      }),
  },
  {
    what: 'when the ledger ends',
    line: 'ledger head',
    change: () =>
      withReport((said) => {
        said.ledger.time = timestamp.parse('2020-01-01T00:00:00.000Z')
      }),
  },
  {
    what: 'the group of a pair',
    line: 'tasks[gender]',
    change: () =>
      withReport((said) => {
        const [pair] = table(said, 'gender', 'race').pairs
        if (pair !== undefined) pair.a = { ...pair.a, race: 'Martian' }
      }),
  },
  {
    what: 'that there is a certificate',
    line: 'certificate',
    change: () => {
      const changed = withReport((said) => {
        said.certificate = null
      })
      changed.delete('certificate.json')
      return listAnew(changed)
    },
  },
  {
    what: 'an age in years',
    line: 'predictions.csv, age_years',
    change: () =>
      withRow('predictions.csv', 3, (cells, header) => setCell(cells, header, 'age_years', '88.5')),
  },
  {
    what: 'a table of groups left out',
    line: 'tasks[gender].groups',
    change: () =>
      withReport((said) => {
        const own = task(said, 'gender')
        own.groups = own.groups.filter(({ by, metric }) => !(metric === 'accuracy' && by.join() === 'race'))
      }),
  },
  {
    what: 'a group left out of a table',
    line: 'tasks[gender].groups[accuracy by race].groups',
    change: () =>
      withReport((said) => {
        table(said, 'gender', 'race').groups.pop()
      }),
  },
  {
    what: 'a labelling left out',
    line: 'predictions.csv',
    lineOfPython: 'population.groupings',
    change: () =>
      withReport((said) => {
        said.population.groupings.pop()
      }),
  },
  {
    what: 'when the evaluation was made',
    line: 'subject, evaluated',
    change: () =>
      withReport((said) => {
        said.subject.evaluatedAt = timestamp.parse('2020-01-01T00:00:00.000Z')
      }),
  },
  {
    what: 'the group of an image',
    line: 'predictions.csv, gender',
    change: () =>
      withRow('predictions.csv', 3, (cells, header) =>
        setCell(cells, header, 'gender', cells[header.indexOf('gender')] === 'Male' ? 'Female' : 'Male'),
      ),
  },
  {
    what: 'the number of an image',
    line: 'predictions.csv',
    change: () => withRow('predictions.csv', 3, (cells, header) => setCell(cells, header, 'image', 'x')),
  },
  {
    what: 'whom an image of the split belongs with',
    line: 'members.csv, people',
    change: () => {
      const lines = textOf('members.csv').split('\n')
      const at = lines.findIndex((own) => own.includes(',test,'))
      lines[at] = [...(lines[at] ?? '').split(',').slice(0, 2), '99999'].join(',')
      return withPart('members.csv', lines.join('\n'))
    },
  },
  {
    what: 'which version made it, and the page with it',
    line: 'manifest.json, madeBy',
    change: () => {
      const changed = withPart('report.html', textOf('report.html').replaceAll('5%', '9%'))
      const said = manifest.parse(JSON.parse(Buffer.from(changed.get('manifest.json') ?? '').toString()))
      return changed.set('manifest.json', writeJson({ ...said, madeBy: '0.0.9' }))
    },
  },
  {
    what: 'a manifest without parts',
    line: 'manifest.json',
    change: () => {
      const { parts: _, ...said } = manifest.parse(readJson('manifest.json'))
      return new Map(parts).set('manifest.json', writeJson(said))
    },
  },
  ...['README.md', 'verify.py', 'schemas/report.schema.json', 'tables/pairs.csv'].map((path) => ({
    what: `${path}, with its hash`,
    line: path,
    onlyEvenhand: true as const,
    change: () => withPart(path, `${textOf(path)} `),
  })),
  {
    what: 'a part put in, with its line',
    line: 'extra.txt',
    onlyEvenhand: true,
    change: () => withPart('extra.txt', 'x'),
  },
]

describe('a bundle', () => {
  it('holds, by Evenhand and by the program in it', async () => {
    const file = join(folder.path, 'fresh.zip')
    writeFileSync(file, fresh)
    const verdict = await verify(file)
    const told = verdict.checks.filter(({ holds }) => holds !== true)
    expect(told.map(({ line, holds }) => [line, holds])).toEqual([
      ['certificate, since', null],
      ['ledger, after', null],
      ['report.json, words', null],
      ['signature', null],
    ])
    expect(verdict).toMatchObject({ holds: true, counts: { broken: 0, notChecked: 4 } })
    expect(verdict.counts.holding).toBeGreaterThan(1000)
    const python = verifyByPython(file) ?? { status: 0, checks: [] }
    expect(python).toMatchObject({ status: 0, checks: [] })
  })

  it.each(tamperings)(
    'with $what changed is told of by that line',
    async ({ change, line, lineOfPython = line, onlyEvenhand }) => {
      const file = join(folder.path, 'tampered.zip')
      writeFileSync(file, zipOf(change()))
      const verdict = await verify(file)
      expect(verdict.holds).toBe(false)
      const broken = verdict.checks.filter(({ holds }) => holds === false).map((own) => own.line)
      const named = expect.arrayContaining([expect.stringContaining(line)])
      expect(broken).toEqual(named)
      const python = onlyEvenhand === true ? null : verifyByPython(file)
      const agrees = python ?? { status: 4, checks: [{ line: lineOfPython }] }
      expect(agrees.status).toBe(4)
      expect(agrees.checks.map((own) => own.line)).toContainEqual(expect.stringContaining(lineOfPython))
    },
  )
})

describe('what is not looked at', () => {
  it('is told where another version drew the page', async () => {
    const other = { ...report, madeBy: '0.0.9' }
    const changed = withPart('report.json', writeJson(other))
    changed.set('report.html', Buffer.from('<p>All is well</p>'))
    const said = manifest.parse(
      JSON.parse(Buffer.from(listAnew(changed).get('manifest.json') ?? '').toString()),
    )
    changed.set('manifest.json', writeJson({ ...said, madeBy: '0.0.9' }))
    const file = join(folder.path, 'other.zip')
    writeFileSync(file, zipOf(changed))
    const { holds, checks } = await verify(file)
    expect(checks.find(({ line }) => line === 'drawn by another version')).toMatchObject({
      holds: null,
      found: expect.stringContaining('other bytes of report.html'),
    })
    expect(holds).toBe(true)
  })

  it('is told where what became of the certificate rests on verdicts', async () => {
    const file = join(folder.path, 'decided.zip')
    const changed = withReport((said) => {
      if (said.certificate === null) return
      said.certificate.undecided.faces = 0
      said.certificate.state = 'clean'
    })
    writeFileSync(file, zipOf(changed))
    const { checks } = await verify(file)
    expect(checks.find(({ line }) => line === 'certificate, since')).toMatchObject({
      holds: null,
      found: expect.stringContaining('sealed as undecided and the report calls it clean'),
    })
    const python = verifyByPython(file)
    expect(python?.left ?? ['certificate, since']).toContain('certificate, since')
  })

  it('is told of a test part that nothing recorded', async () => {
    const file = join(folder.path, 'unrecorded.zip')
    const changed = withLedger((ledger) => {
      ledger.lines.splice(2)
    })
    const last = chainPart
      .parse(JSON.parse(Buffer.from(changed.get('ledger.json') ?? '').toString()))
      .lines.at(-1)
    const said = structuredClone(report)
    if (said.testPart !== null) said.testPart.opening = null
    said.ledger = { ...said.ledger, n: last?.position ?? 0, sha256: last?.hash ?? '' }
    writeFileSync(file, zipOf(listAnew(changed.set('report.json', writeJson(said)))))
    const { checks } = await verify(file)
    expect(checks.find(({ line }) => line === 'opening')).toMatchObject({ holds: null })
    expect(checks.filter(({ line, holds }) => line.startsWith('ledger') && holds === false)).toEqual([])
    expect(verifyByPython(file)?.left ?? ['opening']).toContain('opening')
  })
})

describe('a signed bundle', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const entriesOf = (changed: ReadonlyMap<string, Uint8Array>): ZipEntry[] =>
    [...changed].map(([path, content]) => ({ path, content }))
  const sign = (changed: ReadonlyMap<string, Uint8Array>, key: KeyObject, about = report) =>
    new Map(signBundle(about, entriesOf(changed), key).entries.map(({ path, content }) => [path, content]))
  const write = (changed: ReadonlyMap<string, Uint8Array>): string => {
    const file = join(folder.path, 'signed.zip')
    writeFileSync(file, zipOf(changed))
    return file
  }
  const brokenOf = ({ checks }: BundleVerdict) =>
    checks.filter(({ holds }) => holds === false).map(({ line }) => line)

  it('holds for the key that signed it, and says without a key that it does not know whose it is', async () => {
    const file = write(sign(parts, privateKey))
    const verdict = await verify(file, publicKey)
    expect(brokenOf(verdict)).toEqual([])
    expect(
      verdict.checks.find(({ line }) => line.startsWith('signature') && line !== 'signature'),
    ).toBeUndefined()
    const asked = await verify(file)
    expect(asked.checks.find(({ line }) => line === 'signature, signer')).toMatchObject({ holds: null })
    expect(verifyByPython(file) ?? { status: 0, checks: [] }).toMatchObject({ status: 0, checks: [] })
    expect(brokenOf(await verify(file, other.publicKey))).toEqual([
      'signer.pem',
      'model.sig, key',
      'model.sig',
      'attestations/evaluation.sigstore.json, key',
      'attestations/evaluation.sigstore.json',
    ])
    expect(brokenOf(await verify(write(parts), publicKey))).toEqual(['signature'])
  })

  it.each(['model.sig', 'attestations/evaluation.sigstore.json'])(
    'has in %s what Sigstore’s own verifier and openssl accept, and refuse when it is changed',
    (path) => {
      const json: unknown = JSON.parse(Buffer.from(sign(parts, privateKey).get(path) ?? '').toString())
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
      const trust = {
        certificateAuthorities: [],
        timestampAuthorities: [],
        tlogs: [],
        ctlogs: [],
        publicKey: (hint: string) => {
          expect(hint).toBe(hashBytes(pem))
          return { publicKey, validFor: () => true }
        },
      }
      const strict = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 })
      const check = (said: unknown) => strict.verify(toSignedEntity(bundleFromJSON(said)))
      expect(check(json).key).toBe(publicKey)
      const { dsseEnvelope, ...rest } = json as {
        dsseEnvelope: { payload: string; signatures: { sig: string }[] }
      }
      const payload = Buffer.from(dsseEnvelope.payload, 'base64')
      const changed = Buffer.from(payload.toString().replace('sha256', 'sha512')).toString('base64')
      expect(() => check({ ...rest, dsseEnvelope: { ...dsseEnvelope, payload: changed } })).toThrow(
        'signature',
      )
      const [signature, signed, key] = ['sig.der', 'signed.bin', 'key.pub.pem'].map((name) =>
        join(folder.path, name),
      )
      writeFileSync(signature ?? '', Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64'))
      const type = 'application/vnd.in-toto+json'
      writeFileSync(
        signed ?? '',
        Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]),
      )
      writeFileSync(key ?? '', pem)
      const openssl = spawnSync(
        'openssl',
        ['dgst', '-sha256', '-verify', key ?? '', '-signature', signature ?? '', signed ?? ''],
        { encoding: 'utf8' },
      )
      expect(openssl.stdout).toContain('Verified OK')
    },
  )

  it('lists its parts as OpenSSF Model Signing wants them', () => {
    const signed = sign(parts, privateKey)
    const { dsseEnvelope } = JSON.parse(Buffer.from(signed.get('model.sig') ?? '').toString()) as {
      dsseEnvelope: { payload: string }
    }
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as {
      subject: { digest: { sha256: string } }[]
      predicate: { resources: { name: string; digest: string }[] }
    }
    const { resources } = statement.predicate
    expect(resources.map(({ name }) => name)).toEqual(
      [...signed.keys()].filter((path) => path !== 'model.sig').toSorted(),
    )
    const digests = Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex')))
    expect(statement.subject).toEqual([{ name: 'evaluation-1', digest: { sha256: hashBytes(digests) } }])
  })

  it.each([
    {
      what: 'a part changed and listed anew',
      line: 'model.sig, statement',
      change: () => new Map([...sign(parts, privateKey), ...withPart('README.md', 'x')]),
    },
    {
      what: 'a part of it taken away',
      line: 'signature',
      change: () => new Map([...sign(parts, privateKey)].filter(([path]) => path !== 'signer.pem')),
    },
    {
      what: 'a signature of something else',
      line: 'model.sig, statement',
      change: () => {
        const signed = sign(parts, privateKey)
        return signed.set('model.sig', signed.get('attestations/evaluation.sigstore.json') ?? Buffer.alloc(0))
      },
    },
    {
      what: 'a test result of another report',
      line: 'attestations/evaluation.sigstore.json, statement',
      change: () => {
        const kind = structuredClone(report)
        for (const { groups } of kind.tasks)
          for (const { pairs } of groups) for (const pair of pairs) pair.verdict = 'alike'
        return sign(parts, privateKey, kind)
      },
    },
    {
      what: 'a signature that is none',
      line: 'model.sig',
      change: () => sign(parts, privateKey).set('model.sig', Buffer.from('{}')),
    },
  ])('with $what does not hold', async ({ change, line }) => {
    const file = write(change())
    expect(brokenOf(await verify(file))).toContain(line)
    const python = verifyByPython(file)?.checks ?? [{ line }]
    const [part = ''] = line.split(',')
    expect(python.map((own) => own.line)).toContainEqual(expect.stringContaining(part))
  })

  it.each([
    { what: 'no key', text: () => 'hello', says: 'it holds no private key in PEM' },
    {
      what: 'a public key',
      text: () => publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      says: 'it is the public half',
    },
    {
      what: 'a key of another curve',
      text: () =>
        generateKeyPairSync('ec', { namedCurve: 'P-384' })
          .privateKey.export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      says: 'it is none of the curve P-256',
    },
    {
      what: 'a locked key',
      text: () =>
        privateKey
          .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
          .toString(),
      says: 'it is locked by a passphrase',
    },
  ])('is not made with $what', async ({ text, says }) => {
    const file = join(folder.path, 'key.pem')
    writeFileSync(file, text())
    await expect(readSigningKey(file)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(new RegExp(`key.pem is no key .*${says}.*openssl`)),
    })
  })

  it('is not held against a private key', async () => {
    const file = join(folder.path, 'key.pem')
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    await expect(readVerifyingKey(file)).rejects.toThrow('it is a private key')
  })
})

describe('what is no bundle', () => {
  const named = (entries: readonly ZipEntry[]): Buffer => Buffer.concat(writeZip(entries))
  const content = Buffer.from('x')
  const bomb = (): Buffer => {
    const bytes = Buffer.from(named([{ path: 'manifest.json', content: deflateRawSync(Buffer.alloc(1000)) }]))
    const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]))
    bytes.writeUInt16LE(8, at + 10)
    bytes.writeUInt32LE(0xfffffff0, at + 24)
    return bytes
  }
  it.each([
    { what: 'is cut off', bytes: () => fresh.subarray(0, fresh.length - 100), says: 'cut off' },
    {
      what: 'has something added',
      bytes: () => Buffer.concat([fresh, content]),
      says: 'something was added',
    },
    { what: 'is empty', bytes: () => Buffer.alloc(0), says: 'does not end as a zip file' },
    {
      what: 'unpacks to gigabytes',
      bytes: bomb,
      says: 'manifest.json is compressed, claiming 4294967280 bytes',
    },
    {
      what: 'leads out of its folder',
      bytes: () => named([{ path: '../manifest.json', content }]),
      says: 'an entry named "../manifest.json"',
    },
    {
      what: 'names the root',
      bytes: () => named([{ path: '/etc/passwd', content }]),
      says: 'an entry named "/etc/passwd"',
    },
    {
      what: 'holds a name twice',
      bytes: () =>
        named([
          { path: 'report.json', content },
          { path: 'report.json', content },
        ]),
      says: 'it holds report.json twice',
    },
    {
      what: 'has no manifest',
      bytes: () => named([{ path: 'report.json', content }]),
      says: 'it has no manifest.json',
    },
    {
      what: 'is something else',
      bytes: () => named([{ path: 'manifest.json', content }]),
      says: 'none of an audit bundle',
    },
    {
      what: 'is of a newer version',
      bytes: () =>
        named([{ path: 'manifest.json', content: writeJson({ format: 'evenhand-bundle', version: 2 }) }]),
      says: 'version 2, and this Evenhand knows version 1',
    },
    {
      what: 'has a version that is no number',
      bytes: () =>
        named([{ path: 'manifest.json', content: writeJson({ format: 'evenhand-bundle', version: 'x' }) }]),
      says: 'none of an audit bundle',
    },
    {
      what: 'has a byte changed',
      bytes: () => {
        const bytes = Buffer.from(fresh)
        bytes[200] = (bytes[200] ?? 0) ^ 1
        return bytes
      },
      says: 'the checksum of README.md is wrong',
    },
  ])('since it $what is refused by name', async ({ bytes, says }) => {
    const file = join(folder.path, 'none.zip')
    writeFileSync(file, bytes())
    const refused = await verify(file).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(says) })
    expect((refused as AppError).message).toContain(file)
    expect(verifyByPython(file)?.status ?? 2).toBe(2)
  })
})
