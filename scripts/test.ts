/**
 * `npm test`: every test of every project, with commands and threads as they are shipped. Says which tests cannot run here
 * and how to make them, and where the time went, and ends with one line of figures. Arguments go to vitest.
 */
import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { parseCLI, startVitest, type TestModule } from 'vitest/node'
import { findElectron } from '../src/main/hosts/electron/find-electron.ts'
import { buildWindow } from './build-window.ts'
import { findBrowserPath } from './window/browser.ts'

const root = resolve(import.meta.dirname, '..')
const slowestShown = 10

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

function countTests(modules: readonly TestModule[]) {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const inState = (...states: string[]) => tests.filter((test) => states.includes(test.result().state))
  const failedToLoad = modules.filter(
    (module) => module.state() === 'failed' && module.children.allTests('failed').next().done === true,
  )
  return {
    passed: inState('passed').length,
    failed: inState('failed').length + failedToLoad.length,
    // What never came to its turn is no success either.
    skipped: inState('skipped', 'pending').map(({ fullName }) => fullName),
  }
}

/** Loading, hooks and tests of each file; files run side by side, so that these seconds add up to more than the run. */
function describeSlowest(modules: readonly TestModule[]): string[] {
  const times = modules.map((module) => {
    const { environmentSetupDuration, collectDuration, setupDuration, duration } = module.diagnostic()
    const milliseconds = environmentSetupDuration + collectDuration + setupDuration + duration
    return { file: relative(root, module.moduleId), milliseconds }
  })
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const slowest = times.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, slowestShown)
  const toSeconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`
  return [
    `Slowest of ${times.length} files, ${toSeconds(total)} in all:`,
    ...slowest.map(({ file, milliseconds }) => `${toSeconds(milliseconds).padStart(10)}  ${file}`),
  ]
}

async function runTests(): Promise<void> {
  const gaps = listGaps()
  process.chdir(root)
  buildWindow()
  process.env['EVENHAND_BUILT'] = '1'
  const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
  const vitest = await startVitest('test', filter, options)
  const modules = vitest.state.getTestModules()
  const { passed, failed, skipped } = countTests(modules)
  const hasOtherErrors = vitest.state.getUnhandledErrors().length > 0
  const lines = [
    ...(skipped.length > 0 ? ['', 'Skipped:', ...skipped.map((name) => `  ${name}`)] : []),
    ...(gaps.length > 0 ? ['', ...gaps] : []),
    ...(modules.length > 0 ? ['', ...describeSlowest(modules)] : []),
    ...(hasOtherErrors ? ['', 'Errors outside of tests were reported above.'] : []),
    '',
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  if (failed > 0 || hasOtherErrors || modules.length === 0) process.exitCode = 1
}

await runTests()
