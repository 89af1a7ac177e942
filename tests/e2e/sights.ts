import type { Locator, Page } from 'playwright-core'

export type Scheme = 'light' | 'dark'

/** Something that a person can come to see in the window: a screen, or what opens on one. */
export interface Sight {
  readonly name: string
  /** What the address holds after the sign for it. */
  readonly address: string
  /** Opens what stands on the screen; gives what tells that it has come. */
  readonly open: (page: Page) => Promise<Locator>
  /** Opens on the frame of the window, which outlasts its screens. */
  readonly isOfFrame?: boolean
}

const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name }).first()
const heading = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { name }).first()
const dialogOf = (page: Page): Locator => page.getByRole('dialog').last()

const show = (find: (page: Page) => Locator) => (page: Page) => Promise.resolve(find(page).first())
const press =
  (name: string | RegExp, find: (page: Page) => Locator = dialogOf) =>
  async (page: Page): Promise<Locator> => {
    await button(page, name).click()
    return find(page)
  }

/** Three images of the catalogue are chosen, and a button of what then appears is pressed. */
const ofChosen = (name: RegExp | null) => async (page: Page) => {
  const grid = page.getByRole('listbox', { name: 'Images' })
  await grid.getByRole('option').nth(2).click()
  await grid
    .getByRole('option')
    .nth(4)
    .click({ modifiers: ['Shift'] })
  const bar = page.getByRole('toolbar', { name: 'Selected images' })
  if (name === null) return bar
  await bar.getByRole('button', { name }).click()
  return dialogOf(page)
}

async function giveFiles(page: Page, names: readonly string[]): Promise<void> {
  const portrait = await (await page.request.get('/media/image/1')).body()
  await page
    .getByLabel('Image file')
    .setInputFiles(
      names.map((name) =>
        name.endsWith('.png')
          ? { name, mimeType: 'image/png', buffer: portrait }
          : { name, mimeType: 'image/jpeg', buffer: Buffer.from('not an image') },
      ),
    )
}

const plot = (page: Page): Locator => page.locator('.main-svg').first()
const tiles = (page: Page): Locator => page.getByRole('listbox', { name: 'Images' }).getByRole('option')

/** A screen with marks of figures, whatever else there is. */
export const plotted: Sight = { name: 'evaluate', address: '/evaluate?task=race', open: show(plot) }

export const groupFigures: Sight = {
  name: 'fairness',
  address: '/fairness?task=race',
  open: show((page) => page.getByRole('table', { name: 'Accuracy by group' })),
}

/**
 * Every screen of a project that has come the whole way (images, a scan, decisions, a split, runs, a model, an evaluation), with
 * the dialogs, drawers, menus and lists that open on it.
 */
export const sights: readonly Sight[] = [
  {
    name: 'home',
    address: '/',
    open: show((page) => page.getByRole('list', { name: 'Some of the images' })),
  },
  { name: 'home-import', address: '/?dialog=import', open: show(dialogOf) },
  {
    name: 'home-jobs',
    address: '/',
    isOfFrame: true,
    open: press(/^Jobs/, (page) => page.getByRole('region', { name: 'Recent jobs' })),
  },
  {
    name: 'palette',
    address: '/',
    isOfFrame: true,
    open: async (page) => {
      await button(page, /^Ctrl K|Command|Go to/).waitFor()
      await page.keyboard.press('Control+k')
      const field = page.getByPlaceholder('Go to a screen')
      await field.fill('r')
      return field
    },
  },
  { name: 'catalogue', address: '/catalogue?size=192', open: show(tiles) },
  {
    name: 'catalogue-captions',
    address: '/catalogue?size=192&show=["labels","findings","prediction","part"]',
    open: show(tiles),
  },
  {
    name: 'catalogue-table',
    address: '/catalogue?view=table',
    open: show((page) => page.getByRole('row').nth(2)),
  },
  {
    name: 'catalogue-filters',
    address:
      '/catalogue?size=192&race=["Dashed ring"]&status=["undecided"]&exclude={"gender":["Round corners"]}',
    open: show((page) => page.getByRole('list', { name: 'Filters in force' })),
  },
  {
    name: 'catalogue-none',
    address: '/catalogue?text=zzzz',
    open: show((page) => page.getByText(/^No image/)),
  },
  {
    name: 'catalogue-detail',
    address: '/catalogue?size=192&image=9',
    open: show((page) => page.getByRole('complementary').getByRole('heading', { name: 'Labels' })),
  },
  { name: 'catalogue-chosen', address: '/catalogue?size=192', open: ofChosen(null) },
  { name: 'catalogue-remove', address: '/catalogue?size=192', open: ofChosen(/^Remove/) },
  { name: 'catalogue-erase', address: '/catalogue?size=192', open: ofChosen(/^Erase/) },
  {
    name: 'catalogue-search-help',
    address: '/catalogue?size=192',
    open: press('How to search', (page) => page.getByRole('dialog')),
  },
  {
    name: 'catalogue-saved',
    address: '/catalogue?size=192',
    open: press(/^Saved/, (page) => page.getByRole('menu')),
  },
  { name: 'curate', address: '/curate?check=greyscale', open: show(plot) },
  {
    name: 'curate-copies',
    address: '/curate?check=exact-duplicate',
    open: show((page) => page.getByRole('region', { name: 'Copies of one picture' })),
  },
  {
    name: 'curate-keep-suggested',
    address: '/curate?check=exact-duplicate',
    open: press('Decide all'),
  },
  { name: 'curate-keys', address: '/curate?check=greyscale', open: press('Keys') },
  { name: 'curate-scan', address: '/curate?dialog=scan', open: show(dialogOf) },
  { name: 'curate-readers', address: '/curate?check=greyscale', open: press('Second reader') },
  {
    name: 'curate-reading',
    address: '/curate?reading=1',
    open: show((page) => page.getByRole('main').getByRole('heading')),
  },
  {
    name: 'curate-shortcuts',
    address: '/curate?view=shortcuts',
    open: show((page) => page.getByRole('main').getByText(/blind guessing|No report|scan/i)),
  },
  {
    name: 'curate-map',
    address: '/curate?view=map',
    open: show((page) => page.getByRole('main').getByText(/map/i)),
  },
  { name: 'identities', address: '/identities', open: show((page) => heading(page, 'Identities')) },
  { name: 'history-keep', address: '/history?dialog=snapshot', open: show(dialogOf) },
  {
    name: 'history-compare',
    address: '/history?snapshot=1',
    open: show((page) => page.getByRole('region', { name: 'Changed since this snapshot' })),
  },
  {
    name: 'splits',
    address: '/splits',
    open: show((page) => page.getByRole('row', { name: /^Validation/ })),
  },
  {
    name: 'splits-certificate',
    address: '/splits?split=1',
    open: show((page) => page.getByRole('region', { name: 'Leakage certificate' }).getByText('SHA-256')),
  },
  { name: 'splits-new', address: '/splits', open: press('New split') },
  { name: 'train', address: '/train?run=1', open: show((page) => page.locator('.main-svg').nth(3)) },
  {
    name: 'train-form',
    address: '/train?form=true',
    open: show((page) => page.getByRole('form', { name: 'New training run' })),
  },
  {
    name: 'train-sweep',
    address: '/train?form=true',
    open: press(/^Sweep/, (page) => page.getByRole('form', { name: 'New sweep' })),
  },
  {
    name: 'train-plot-menu',
    address: '/train?run=1',
    open: press(/^Export: Loss/, (page) => page.getByRole('menu')),
  },
  plotted,
  {
    name: 'evaluate-cell',
    address: '/evaluate?task=race&labelled=0&predicted=0',
    open: show((page) => button(page, 'Close the images')),
  },
  {
    name: 'evaluate-open-test',
    address: '/evaluate',
    open: async (page) => {
      await page.getByRole('radio', { name: 'Test', exact: true }).check()
      await button(page, /^Open the test part/).click()
      return dialogOf(page)
    },
  },
  { name: 'evaluate-ledger', address: '/evaluate', open: press('Ledger') },
  groupFigures,
  {
    name: 'fairness-images',
    address: '/fairness?task=race',
    open: async (page) => {
      await button(page, /^Show the \d+ images/).click()
      return button(page, 'Close the images')
    },
  },
  {
    name: 'fairness-error-tree',
    address: '/fairness?task=race&tree=true',
    open: show((page) => page.getByText(/^Of \d+ leaves|^Nothing could be cut in two/)),
  },
  {
    name: 'fairness-sensitivity',
    address: '/fairness?task=race',
    open: show((page) => page.getByRole('form', { name: 'Of how many images sensitivity is measured' })),
  },
  { name: 'predict', address: '/predict', open: show((page) => page.getByLabel(/^Drop images here/)) },
  {
    name: 'predict-one',
    address: '/predict',
    open: async (page) => {
      await giveFiles(page, ['portrait.png'])
      return page.getByRole('region', { name: 'Race' })
    },
  },
  {
    name: 'models',
    address: '/models',
    open: show((page) => page.getByRole('button', { name: 'Export ONNX' })),
  },
  { name: 'settings', address: '/settings', open: show((page) => heading(page, 'Keys')) },
  { name: 'settings-restore', address: '/settings', open: press('Restore') },
  { name: 'settings-purpose', address: '/settings', open: press(/^Record a purpose/) },
]

/** What a window without a project shows. */
export const emptySights: readonly Sight[] = [
  { name: 'welcome', address: '/', open: show((page) => button(page, /^New project/)) },
  { name: 'welcome-new', address: '/', open: press(/^New project/) },
  { name: 'welcome-open', address: '/', open: press(/^Open project/) },
  { name: 'no-project', address: '/evaluate', open: show((page) => page.getByText('No project is open.')) },
]

/** What shows nothing of a project: what was open on a screen does not outlast it. */
const nowhere = '/nowhere'

/** Comes to a sight by its address, in the window that stands, by way of a screen that holds nothing. */
export async function goToSight(page: Page, { name, address, open }: Sight): Promise<void> {
  try {
    await page.keyboard.press('Escape')
    await goToAddress(page, nowhere)
    await page.getByText('There is no screen at this address').waitFor()
    await goToAddress(page, address)
    const sign = await open(page)
    await sign.waitFor()
  } catch (error) {
    throw new Error(`The sight ${name} does not come to be seen.`, { cause: error })
  }
  await waitForRest(page)
}

const goToAddress = (page: Page, address: string): Promise<void> =>
  page.evaluate((hash) => {
    globalThis.location.hash = hash
  }, encodeURI(address))

/** Until nothing loads, moves, or is still to be drawn in the colours of the theme. */
export async function waitForRest(page: Page): Promise<void> {
  // What stands ready in a drawer that is closed asks for nothing yet.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('[aria-busy=true], .mantine-Skeleton-root, [data-loading]')].every(
      (waiting) => !waiting.checkVisibility(),
    ),
  )
  await page.evaluate(async () => {
    const shown = [...document.images].filter((image) => {
      const box = image.getBoundingClientRect()
      return box.bottom > 0 && box.top < innerHeight && box.width > 0
    })
    await Promise.allSettled(shown.map((image) => image.decode()))
    await Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
        .map((animation) => animation.finished),
    )
    await new Promise((settle) => requestAnimationFrame(() => requestAnimationFrame(settle)))
  })
}

/** The same sight in another theme. */
export async function useTheme(page: Page, scheme: Scheme): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await page.locator(`:root[data-mantine-color-scheme=${scheme}]`).waitFor()
  await waitForRest(page)
}
