/**
 * `npm test`: every test of every project, the window built once beforehand. Says which tests cannot run here and
 * how to make them, and ends with one line of figures. Arguments go to vitest.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import { findElectron } from '../src/main/hosts/electron/find-electron.ts'
import { buildWindow } from './build-window.ts'
import { findBrowserPath } from './window/browser.ts'

const root = resolve(import.meta.dirname, '..')

const vitestReport = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})
type VitestReport = z.infer<typeof vitestReport>

/** What this machine lacks, each with the tests that will say so and what would help. */
function listGaps(): string[] {
  const gaps: string[] = []
  if (findBrowserPath() === null) {
    gaps.push(
      'No browser was found: the tests in tests/e2e do not run. Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.',
    )
  }
  const faces = resolve(root, process.env['EVENHAND_FACES'] ?? '../shared/data')
  if (!existsSync(faces)) {
    gaps.push(
      `There is no folder of real faces at ${faces}: tests on them do not run. Name one in EVENHAND_FACES.`,
    )
  }
  const electron = findElectron(import.meta.url)
  if ('reason' in electron) {
    gaps.push(`The smoke test of the real Electron does not run: ${electron.reason}.`)
  }
  return gaps
}

function runVitest(reportFile: string): number {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  })
  return status ?? 1
}

function readReport(file: string): VitestReport | null {
  return existsSync(file) ? vitestReport.parse(JSON.parse(readFileSync(file, 'utf8'))) : null
}

function count(report: VitestReport) {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const failedToLoad = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  const passed = tests.filter(({ status }) => status === 'passed').length
  const failed = tests.filter(({ status }) => status === 'failed').length
  return {
    passed,
    failed: failed + failedToLoad.length,
    skipped: tests
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => fullName),
  }
}

function runTests(): number {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-tests-'))
  try {
    const gaps = listGaps()
    buildWindow()
    const file = join(folder, 'report.json')
    const status = runVitest(file)
    const report = readReport(file)
    if (report === null) {
      process.stdout.write('\nThe test runner ended without a report; its own lines above say why.\n')
      return status === 0 ? 1 : status
    }
    const { passed, failed, skipped } = count(report)
    if (skipped.length > 0)
      process.stdout.write(`\nSkipped:\n${skipped.map((name) => `  ${name}\n`).join('')}`)
    if (gaps.length > 0) process.stdout.write(`\n${gaps.join('\n')}\n`)
    if (status !== 0 && failed === 0) process.stdout.write('\nErrors outside of tests were reported above.\n')
    process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped\n`)
    return status === 0 && (failed > 0 || !report.success) ? 1 : status
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = runTests()
