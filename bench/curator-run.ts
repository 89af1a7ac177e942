/**
 * `node bench/curator-run.ts --project FOLDER [--keep HASH]...`
 *
 * A curator's session in the built window, on a copy of a project of UTKFace that has been scanned: copies that agree are
 * settled at once, those whose labels differ one by one, and greyscale pictures and those without a face are looked at as
 * tiles, where the ones of `--keep` (the first digits of their SHA-256) are kept and the others removed. Every key that goes
 * down counts, modifiers too, and so does every click; one that settles a single picture or group counts as a single
 * decision. What the catalogue says afterwards is held against what the command line gave before. Wants a browser of
 * Chromium's family (CHROMIUM_PATH, else the first one installed).
 */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import * as z from 'zod'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { buildWindow } from '../scripts/build-window.ts'
import { findBrowserPath, launchBrowser } from '../scripts/window/browser.ts'
import { makeTemporaryFolder, serveWindow } from '../scripts/window/served-window.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const patience = { timeout: 60_000 }

const finding = z.object({
  imageId: z.int(),
  dataset: z.string(),
  file: z.string(),
  groupId: z.int().nullable(),
  members: z.array(z.object({ imageId: z.int() })).nullish(),
})
const imageList = z.object({ images: z.array(z.object({ id: z.int(), sha256: z.string() })) })

const copyChecks = ['exact-duplicate', 'near-duplicate', 'conflicting-labels'] as const
const tileChecks = ['greyscale', 'no-face'] as const

/** What the command line says of a project, as somebody without the window sees it. */
class CommandLine {
  readonly #project: string
  readonly #homeFolder: string
  constructor({ project, homeFolder }: { project: string; homeFolder: string }) {
    this.#project = project
    this.#homeFolder = homeFolder
  }

  #run(args: readonly string[]): string {
    return execFileSync(process.execPath, ['src/main/cli.ts', ...args, '--project', this.#project], {
      cwd: root,
      env: { ...process.env, EVENHAND_HOME: this.#homeFolder },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
  }

  readFindings(check: CheckId): z.infer<typeof finding>[] {
    const text = this.#run(['findings', '--kind', check, '--top', '1000', '--all', '--json'])
    return z.array(finding).parse(JSON.parse(text))
  }

  countOpen(check: CheckId): number {
    const text = this.#run(['images', 'list', '--search', `open:${check}`, '--json'])
    return z.object({ total: z.int() }).parse(JSON.parse(text)).total
  }

  /** The removal list: why each removed image goes, by its path. */
  exportRemovals(file: string): Map<string, string> {
    this.#run(['decisions', 'export', '--out', file])
    const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
    const columns = head.split(',')
    const cell = (line: string, name: string) => line.split(',')[columns.indexOf(name)] ?? ''
    return new Map(
      lines
        .filter((line) => cell(line, 'action') === 'remove')
        .map((line) => [cell(line, 'image'), cell(line, 'reason')]),
    )
  }

  listImages(search: string): z.infer<typeof imageList>['images'] {
    const text = this.#run([
      'images',
      'list',
      '--search',
      search,
      '--limit',
      '1000',
      '--columns',
      'id,sha256',
      '--json',
    ])
    return imageList.parse(JSON.parse(text)).images
  }
}

interface Step {
  readonly title: string
  presses: number
  decisions: number
  seconds: number
}

/** Keyboard and mouse of a person, counted. */
class Hands {
  readonly steps: Step[] = []
  readonly #page: Page
  #startedAt = performance.now()
  constructor(page: Page) {
    this.#page = page
  }

  begin(title: string): void {
    process.stderr.write(`${title}\n`)
    this.#startedAt = performance.now()
    this.steps.push({ title, presses: 0, decisions: 0, seconds: 0 })
  }

  end(): void {
    this.#step.seconds = (performance.now() - this.#startedAt) / 1000
  }

  get #step(): Step {
    const step = this.steps.at(-1)
    if (step === undefined) throw new Error('No step has begun')
    return step
  }

  /** "Shift+D" are two keys. */
  async press(chord: string): Promise<void> {
    this.#step.presses += chord.split('+').length
    await this.#page.keyboard.press(chord)
  }

  async click(target: Locator): Promise<void> {
    this.#step.presses++
    await target.click()
  }

  async decide(chord: string): Promise<void> {
    this.#step.decisions++
    await this.#page.keyboard.press(chord)
  }

  /** Selects one picture more, as a Ctrl-click does; the Ctrl key stays down from the first to the last. */
  async decideByClick(target: Locator): Promise<void> {
    this.#step.decisions++
    await target.click({ modifiers: ['ControlOrMeta'] })
  }
}

const queueOf = (page: Page, check: CheckId): Locator =>
  page
    .getByRole('region', { name: 'Queues' })
    .getByRole('button', { name: new RegExp(`^${checks[check].title} [\\d,]+ open`) })

/** Groups in a queue of copies, images in another; a queue without any is folded away. */
async function readOpen(page: Page, check: CheckId): Promise<number> {
  const [text] = await queueOf(page, check).allTextContents()
  return text === undefined ? 0 : Number(/([\d,]+) open of/.exec(text)?.[1]?.replaceAll(',', ''))
}

async function waitForOpen(page: Page, check: CheckId, isMet: (open: number) => boolean): Promise<number> {
  const until = performance.now() + patience.timeout
  for (;;) {
    const open = await readOpen(page, check)
    if (isMet(open)) return open
    if (performance.now() > until) throw new Error(`${open} stay open in ${check}`)
    await page.waitForTimeout(10)
  }
}

async function settleAgreeingCopies(page: Page, hands: Hands): Promise<void> {
  for (const check of ['exact-duplicate', 'near-duplicate'] as const) {
    hands.begin(`${checks[check].title}: keep the suggested copy of every group that agrees`)
    await hands.click(queueOf(page, check))
    await page.getByRole('region', { name: 'Copies of one picture' }).waitFor()
    const before = await readOpen(page, check)
    await hands.press('Shift+D')
    const dialog = page.getByRole('dialog', { name: `Decide all of ${checks[check].title}` })
    const submit = dialog.getByRole('button', { name: /^Keep/ })
    await submit.waitFor()
    if (/^Keep \d+ cop(y|ies), remove/.test((await submit.textContent()) ?? '')) {
      await hands.press('Enter')
      await dialog.waitFor({ state: 'detached' })
      await waitForOpen(page, check, (open) => open < before)
    } else await hands.press('Escape')
    hands.end()
  }
}

async function resolveConflicts(page: Page, hands: Hands): Promise<void> {
  const check = 'conflicting-labels'
  hands.begin(`${checks[check].title}: the labels of one copy, group by group`)
  await hands.click(queueOf(page, check))
  for (let left = await readOpen(page, check); left > 0;) {
    await page.getByText(/Their labels differ in/).waitFor()
    // Which copy a person believes makes no difference to the count of keys.
    await hands.decide('1')
    left = await waitForOpen(page, check, (open) => open < left)
  }
  hands.end()
}

interface TileRound {
  readonly page: Page
  readonly hands: Hands
  readonly check: CheckId
  readonly kept: readonly number[]
}

async function decideTiles({ page, hands, check, kept }: TileRound): Promise<void> {
  hands.begin(`${checks[check].title}: what does not belong there kept, the others removed`)
  await hands.click(queueOf(page, check))
  await hands.click(page.getByRole('link', { name: 'Tiles' }))
  const grid = page.getByRole('listbox', { name: 'Images' })
  const first = grid.getByRole('option').first()
  await first.waitFor()
  // The hand goes to the tiles, away from what opens below a resting pointer.
  const box = await first.boundingBox()
  await page.mouse.move(box?.x ?? 0, (box?.y ?? 0) + 8)
  for (const id of kept) {
    const tile = grid.getByRole('option', { name: new RegExp(`^Image ${id},`) })
    const until = performance.now() + patience.timeout
    // Looking on costs turns of the wheel and no key.
    while ((await tile.count()) === 0) {
      if (performance.now() > until)
        throw new Error(`Image ${id}, which is to be kept, is not among the tiles of ${check}`)
      await wheel(page, grid)
    }
    await hands.decideByClick(tile)
  }
  const total = page.getByRole('status').filter({ hasText: /^[\d,]+ images?$/ })
  if (kept.length > 0) {
    const before = await total.textContent()
    await hands.press('k')
    while ((await total.textContent()) === before) await page.waitForTimeout(10)
  }
  await hands.press('Control+a')
  await hands.press('x')
  const dialog = page.getByRole('dialog', { name: /^Remove/ })
  await dialog.waitFor()
  await hands.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('No image matches all of these filters.').waitFor()
  await hands.click(page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Curate' }))
  hands.end()
}

async function wheel(page: Page, grid: Locator): Promise<void> {
  await grid.hover()
  await page.mouse.wheel(0, 400)
  await page.waitForTimeout(100)
}

/** What the run should have come to, worked out from what the command line said before; throws where it did not. */
function checkOutcome(
  before: Before,
  after: { readonly removals: Map<string, string>; readonly open: number },
): void {
  const { removals } = after
  const problems: string[] = []
  const isLeft = (path: string) => removals.get(path) !== 'duplicate'
  for (const [check, groups] of before.groups)
    for (const [groupId, paths] of groups)
      if (paths.filter(isLeft).length > 1) problems.push(`Group ${groupId} of ${check} keeps several copies`)
  const pictures = joinGroups([...before.groups.values()].flatMap((groups) => [...groups.values()]))
  for (const paths of pictures)
    if (!paths.some(isLeft)) problems.push(`No copy is left of ${paths.join(', ')}`)
  const copies = new Set(pictures.flat())
  for (const [path, reason] of removals) {
    const isExpected =
      reason === 'duplicate' ? copies.has(path) : (before.flagged.get(reason)?.has(path) ?? false)
    if (!isExpected || before.kept.has(path)) problems.push(`${path} was removed as ${reason}`)
  }
  for (const [reason, paths] of before.flagged)
    for (const path of paths)
      if (!removals.has(path) && !before.kept.has(path)) problems.push(`${path} (${reason}) is not decided`)
  if (after.open > 0) problems.push(`${after.open} images are still open in these queues`)
  if (problems.length > 0)
    throw new Error(`The removal list is not what it should be:\n${problems.join('\n')}`)
}

/** Groups that share a member are copies of one picture: exact copies are near ones of others as well. */
function joinGroups(groups: readonly (readonly string[])[]): string[][] {
  let joined: string[][] = []
  for (const group of groups) {
    const touching = joined.filter((paths) => paths.some((path) => group.includes(path)))
    joined = [
      ...joined.filter((paths) => !touching.includes(paths)),
      [...new Set([...group, ...touching.flat()])],
    ]
  }
  return joined
}

interface Before {
  /** Paths of the members of each group, by check and group. */
  readonly groups: ReadonlyMap<CheckId, ReadonlyMap<number, readonly string[]>>
  /** Paths that a check flags, by the reason that its queue gives. */
  readonly flagged: ReadonlyMap<string, ReadonlySet<string>>
  readonly kept: ReadonlySet<string>
}

function lookBefore(cli: CommandLine, keptIds: ReadonlySet<number>): Before {
  const groups = copyChecks.map((check) => {
    const found = cli.readFindings(check)
    return [check, Map.groupBy(found, ({ groupId }) => groupId ?? 0)] as const
  })
  const paths = (found: readonly z.infer<typeof finding>[]) =>
    found.map(({ dataset, file }) => `${dataset}/${file}`)
  const flagged = tileChecks.map((check) => [check, cli.readFindings(check)] as const)
  return {
    groups: new Map(
      groups.map(([check, byId]) => [check, new Map([...byId].map(([id, found]) => [id, paths(found)]))]),
    ),
    flagged: new Map(flagged.map(([check, found]) => [check, new Set(paths(found))])),
    kept: new Set(flagged.flatMap(([, found]) => paths(found.filter(({ imageId }) => keptIds.has(imageId))))),
  }
}

function printTable(steps: readonly Step[]): void {
  const line = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)
  line(['step', 'presses', 'single decisions', 'seconds'])
  line(['---', '---:', '---:', '---:'])
  for (const { title, presses, decisions, seconds } of steps)
    line([title, presses, decisions, seconds.toFixed(1)])
  const sum = (pick: (step: Step) => number) => steps.reduce((all, step) => all + pick(step), 0)
  line(['all', sum((s) => s.presses), sum((s) => s.decisions), sum((s) => s.seconds).toFixed(1)])
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { project: { type: 'string' }, keep: { type: 'string', multiple: true, default: [] } },
  })
  const browserPath = findBrowserPath()
  if (values.project === undefined) throw new Error('Name a scanned project with --project.')
  if (browserPath === null) throw new Error('No browser is installed; name one with CHROMIUM_PATH.')
  buildWindow()
  using work = makeTemporaryFolder()
  const project = join(work.path, 'project')
  cpSync(values.project, project, { recursive: true })
  const cli = new CommandLine({ project, homeFolder: join(work.path, 'home') })
  const kept = new Map(
    tileChecks.map((check) => [
      check,
      cli
        .listImages(`open:${check}`)
        .filter(({ sha256 }) => values.keep.some((start) => sha256.startsWith(start)))
        .map(({ id }) => id),
    ]),
  )
  const before = lookBefore(cli, new Set([...kept.values()].flat()))
  const steps = await workInWindow({ browserPath, project, homeFolder: join(work.path, 'home'), kept })
  printTable(steps)
  const removals = cli.exportRemovals(join(work.path, 'removals.csv'))
  const open = [...copyChecks, ...tileChecks].reduce((all, check) => all + cli.countOpen(check), 0)
  checkOutcome(before, { removals, open })
  const byReason = Map.groupBy(removals, ([, reason]) => reason)
  console.log(
    `Removed: ${[...byReason].map(([reason, list]) => `${list.length} ${reason}`).join(', ')}; no group of copies keeps two or has lost its last as a duplicate, and nothing else was removed.`,
  )
}

interface WindowRun {
  readonly browserPath: string
  readonly project: string
  readonly homeFolder: string
  readonly kept: ReadonlyMap<CheckId, readonly number[]>
}

async function workInWindow({ browserPath, project, homeFolder, kept }: WindowRun): Promise<readonly Step[]> {
  await using served = await serveWindow({ homeFolder, project })
  const browser = await launchBrowser(browserPath)
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(patience.timeout)
    await page.goto(await served.offerSignIn())
    const hands = new Hands(page)
    hands.begin('Open Curate')
    await hands.click(page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Curate' }))
    await queueOf(page, 'exact-duplicate').waitFor()
    hands.end()
    await settleAgreeingCopies(page, hands)
    await resolveConflicts(page, hands)
    for (const check of tileChecks) await decideTiles({ page, hands, check, kept: kept.get(check) ?? [] })
    return hands.steps
  } finally {
    await browser.close()
  }
}

await main()
