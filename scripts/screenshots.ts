/**
 * Pictures of every screen for the documentation, in both themes and two sizes, of the generated sample project
 * only. `node scripts/screenshots.ts [--project FOLDER] [--out FOLDER] [--only NAME]...`; without a
 * project one is made first.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { buildWindow } from './build-window.ts'
import { findBrowserPath, launchBrowser } from './window/browser.ts'
import { makeTemporaryFolder, serveWindow } from './window/served-window.ts'

const root = resolve(import.meta.dirname, '..')
const themes = ['light', 'dark'] as const
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const

interface Shot {
  readonly name: string
  readonly hash: string
  /** Brings the screen into the state that the picture shows. */
  readonly prepare?: (page: Page) => Promise<void>
}

/** A portrait of the sample, dropped into the window as a person would. */
async function dropPortrait(page: Page): Promise<void> {
  const thumb = await page.request.get('/media/image/1')
  await page
    .getByLabel('Image file')
    .setInputFiles({ name: 'portrait.png', mimeType: 'image/png', buffer: await thumb.body() })
  await page.getByRole('region', { name: 'Race' }).waitFor()
}

/** Screens that are brought into a state first, and what opens on top of them. */
const preparedShots: readonly Shot[] = [
  {
    name: 'import',
    hash: '/?dialog=import',
    prepare: (page) => page.getByRole('dialog').waitFor(),
  },
  {
    name: 'catalogue-detail',
    hash: '/catalogue?size=96&race=%5B%22Dashed%20ring%22%5D',
    prepare: async (page) => {
      await page.getByRole('listbox', { name: 'Images' }).getByRole('option').nth(8).click()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Labels' }).waitFor()
    },
  },
  {
    name: 'curate',
    hash: '/curate?check=greyscale',
    prepare: (page) => page.locator('.main-svg').first().waitFor(),
  },
  {
    name: 'curate-copies',
    hash: '/curate?check=exact-duplicate',
    prepare: (page) => page.getByRole('region', { name: 'Copies of one picture' }).waitFor(),
  },
  {
    name: 'curate-cut',
    hash: '/curate?check=blurry',
    prepare: async (page) => {
      await page.getByRole('slider', { name: 'Cut of this check' }).focus()
      for (let step = 0; step < 10; step++) await page.keyboard.press('ArrowRight')
      await page.getByRole('region', { name: 'Just flagged' }).waitFor()
    },
  },
  {
    name: 'curate-keys',
    hash: '/curate?check=greyscale',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Keys' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'curate-shortcuts',
    hash: '/curate?view=shortcuts',
    prepare: (page) => page.getByText('blind guessing').first().waitFor(),
  },
  { name: 'train', hash: '/train', prepare: (page) => page.locator('.main-svg').nth(3).waitFor() },
  {
    name: 'evaluate',
    hash: '/evaluate?task=race',
    prepare: (page) => page.locator('.main-svg').first().waitFor(),
  },
  {
    name: 'evaluate-cell',
    hash: '/evaluate?task=race&labelled=0&predicted=0',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Close the images' }).scrollIntoViewIfNeeded()
    },
  },
  { name: 'predict', hash: '/predict', prepare: dropPortrait },
  {
    name: 'palette',
    hash: '/catalogue',
    prepare: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByPlaceholder('Go to a screen').waitFor()
    },
  },
]

/** Every screen as it stands, by the rail. */
async function listScreens(page: Page): Promise<Shot[]> {
  const links = await page.getByRole('navigation', { name: 'Screens' }).getByRole('link').all()
  return Promise.all(
    links.map(async (link) => ({
      name: (await link.innerText()).trim().toLowerCase(),
      hash: (await link.getAttribute('href'))?.replace(/^.*#/, '') ?? '/',
    })),
  )
}

const chooseFullShots = (screens: readonly Shot[]): Shot[] => [
  ...screens.filter(({ name }) => preparedShots.every((shot) => shot.name !== name)),
  ...preparedShots,
]

/** Those that say how to begin; Home and Settings look the same with every project. */
const chooseEmptyShots = (screens: readonly Shot[]): Shot[] =>
  screens
    .filter(({ name }) => name !== 'home' && name !== 'settings')
    .map(({ name, hash }) => ({ name: `empty-${name}`, hash }))

const isAtRest =
  'document.querySelector("[aria-busy=true]") === null && [...document.images].every((image) => image.complete)'

/** A picture of tiles that have not come yet would show nothing. */
async function waitForRest(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle')
  for (let tries = 0; !(await page.evaluate<boolean>(isAtRest)); tries++) {
    if (tries > 300) throw new Error(`The screen of the picture ${name} does not come to rest.`)
    await page.waitForTimeout(200)
  }
  await page.waitForTimeout(400)
}

async function takeShots(page: Page, shots: readonly Shot[], nameOf: (shot: Shot) => string): Promise<void> {
  for (const shot of shots) {
    // A screen that was just left keeps nothing: the address alone makes the next one.
    await page.goto('about:blank')
    await page.goto(`/#${shot.hash}`)
    await page.getByRole('navigation', { name: 'Screens' }).waitFor()
    await shot.prepare?.(page)
    await waitForRest(page, shot.name)
    const picture = await page.screenshot({ animations: 'disabled' })
    const file = nameOf(shot)
    writeFileSync(file, await sharp(picture).png({ palette: true, colours: 256, effort: 8 }).toBuffer())
    process.stderr.write(`${file}\n`)
  }
}

interface Scene {
  readonly choose: (screens: readonly Shot[]) => readonly Shot[]
  readonly project: string | null
}

async function drawScene(browser: Browser, outFolder: string, scene: Scene): Promise<void> {
  using home = makeTemporaryFolder()
  await using served = await serveWindow({
    homeFolder: home.path,
    ...(scene.project === null ? {} : { project: scene.project }),
  })
  for (const theme of themes) {
    for (const size of sizes) {
      const context = await browser.newContext({
        baseURL: served.origin,
        viewport: size,
        colorScheme: theme,
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      await page.goto(await served.offerSignIn())
      await page.getByRole('navigation', { name: 'Screens' }).waitFor()
      await takeShots(page, scene.choose(await listScreens(page)), (shot) =>
        join(outFolder, `${shot.name}-${theme}-${size.width}x${size.height}.png`),
      )
      await context.close()
    }
  }
}

function runEvenhand(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, ['src/main/cli.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`evenhand ${args.join(' ')} failed; the lines above say why.`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      project: { type: 'string' },
      out: { type: 'string' },
      only: { type: 'string', multiple: true },
    },
  })
  const browserPath = findBrowserPath()
  if (browserPath === null) {
    throw new Error('Pictures need Chromium, Chrome or Edge; install one or name it in CHROMIUM_PATH.')
  }
  buildWindow()
  using work = makeTemporaryFolder()
  const sample = values.project ?? join(work.path, 'Sample project')
  if (values.project === undefined) {
    runEvenhand(['demo', '--no-open', '--folder', sample])
    runEvenhand(['scan', '--project', sample])
  }
  const empty = join(work.path, 'New project')
  runEvenhand(['init', empty])

  const outFolder = resolve(values.out ?? join(root, 'docs/screenshots'))
  mkdirSync(outFolder, { recursive: true })
  const isWanted = ({ name }: Shot) => values.only === undefined || values.only.includes(name)
  const scenes: readonly Scene[] = [
    { project: null, choose: () => [{ name: 'welcome', hash: '/' }] },
    { project: empty, choose: chooseEmptyShots },
    { project: sample, choose: chooseFullShots },
  ]
  const browser = await launchBrowser(browserPath)
  try {
    for (const { project, choose } of scenes) {
      await drawScene(browser, outFolder, { project, choose: (screens) => choose(screens).filter(isWanted) })
    }
  } finally {
    await browser.close()
  }
}

await main()
