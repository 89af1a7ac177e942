import type { CDPSession, Page } from 'playwright-core'
import sharp from 'sharp'
import {
  findInk,
  hideMarks,
  hideWords,
  showInk,
  type Box,
  type MeasuredInk,
  type Rgba,
} from './window-ink.ts'

type Rgb = readonly [number, number, number]
/** How much of a word's ground may be of a colour that it does not stand out from: rims of rounded corners, lines of a grid. */
const smallShare = 0.12
/** Of a colour's parts; nearer ones are one colour, as smoothed edges make many. */
const sameWithin = 12

/**
 * Every piece of ink in view with its contrast. The ink is what the element's style says, the ground is what the window shows
 * where it is taken away: words stand on the bars and pictures behind them, marks on what is there without any mark.
 */
export async function measureInk(page: Page): Promise<MeasuredInk[]> {
  const found = await page.evaluate(findInk)
  await page.evaluate(hideWords)
  const belowWords = await shoot(page)
  await page.evaluate(hideMarks)
  const belowMarks = await shoot(page)
  await page.evaluate(showInk)
  return found.flatMap(({ inks, grounds, ...ink }) => {
    const picture = ink.kind === 'text' ? belowWords : belowMarks
    const colors = grounds.flatMap((box) => listColors(box, picture))
    const total = colors.reduce((sum, { count }) => sum + count, 0)
    const judged = colors.filter(({ count }, at) => at === 0 || count / total > smallShare)
    const contrasts = judged.map(({ color }) =>
      Math.max(...inks.map((one) => contrastOf(over(one, color), color))),
    )
    // What has no ground in view was not measured.
    return contrasts.length === 0 ? [] : [{ ...ink, contrast: Math.min(...contrasts) }]
  })
}

/** What the window shows. */
interface Picture {
  readonly width: number
  readonly height: number
  readonly colorAt: (x: number, y: number) => Rgb
}

const sessions = new WeakMap<Page, Promise<CDPSession>>()

/** By the debugger itself: the driver's own pictures wait for much, and are packed tighter than a test wants. */
async function shoot(page: Page, part?: Box): Promise<Picture> {
  const known = sessions.get(page) ?? page.context().newCDPSession(page)
  sessions.set(page, known)
  const session = await known
  const { data: shot } = await session.send('Page.captureScreenshot', {
    format: 'png',
    optimizeForSpeed: true,
    ...(part === undefined
      ? {}
      : {
          clip: {
            x: part.left,
            y: part.top,
            width: part.right - part.left,
            height: part.bottom - part.top,
            scale: 1,
          },
        }),
  })
  const { data, info } = await sharp(Buffer.from(shot, 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return {
    width: info.width,
    height: info.height,
    colorAt: (x, y) => {
      const at = (y * info.width + x) * 3
      return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]
    },
  }
}

/** Words for each piece of ink that falls short; controls that cannot be used are left out. */
export async function findFaintInk(
  page: Page,
  onMeasured: (ink: MeasuredInk) => void = () => {},
): Promise<string[]> {
  const inks = (await measureInk(page)).filter(({ isDisabled }) => !isDisabled)
  for (const ink of inks) onMeasured(ink)
  return [
    ...new Set(
      inks
        // A tenth of a step of 256 is lost in the colours of a picture.
        .filter(({ contrast, least }) => contrast < least - 0.03)
        .map(({ kind, what, contrast, least }) => `${kind} ${what}: ${contrast.toFixed(2)} of ${least} to 1`),
    ),
  ]
}

/** The colours in a box with their numbers of pixels, the most frequent first. */
function listColors(box: Box, { width, height, colorAt }: Picture): { color: Rgb; count: number }[] {
  const colors: { color: Rgb; count: number }[] = []
  const [left, top] = [Math.max(0, Math.ceil(box.left)), Math.max(0, Math.ceil(box.top))]
  const [right, bottom] = [Math.min(width, Math.floor(box.right)), Math.min(height, Math.floor(box.bottom))]
  const stepX = Math.max(1, Math.floor((right - left) / 40))
  const stepY = Math.max(1, Math.floor((bottom - top) / 40))
  for (let y = top; y < bottom; y += stepY) {
    for (let x = left; x < right; x += stepX) {
      const color = colorAt(x, y)
      const same = colors.find((one) =>
        one.color.every((part, at) => Math.abs(part - (color[at] ?? 0)) <= sameWithin),
      )
      if (same === undefined) colors.push({ color, count: 1 })
      else same.count++
    }
  }
  return colors.toSorted((a, b) => b.count - a.count)
}

const over = ([red, green, blue, alpha]: Rgba, ground: Rgb): Rgb => [
  red * alpha + ground[0] * (1 - alpha),
  green * alpha + ground[1] * (1 - alpha),
  blue * alpha + ground[2] * (1 - alpha),
]

function luminanceOf(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrastOf(one: Rgb, other: Rgb): number {
  const [dark = 0, light = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** The ring around what has the focus has to reach so far around it. */
const ringShare = 0.6
const ringReachPx = 6

/**
 * What the keyboard comes to without being seen to: once it has the focus, fewer pixels at its rim differ from before by 3 to 1
 * than a line around most of it would have. Each kind of control is measured once for the set that is lent.
 */
export async function findFaintFocus(page: Page, measured: Set<string>): Promise<string[]> {
  const found = await page.evaluate(findFocusable)
  const fresh = found.filter(({ kind }, at) => {
    const isFirst = found.findIndex((one) => one.kind === kind) === at
    return isFirst && !measured.has(kind)
  })
  if (fresh.length === 0) return []
  await page.evaluate(blurAll)
  // The ring is for who uses the keyboard.
  await page.keyboard.press('Shift')
  const before = await shoot(page)
  const faint: string[] = []
  for (const { place, kind, what, box } of fresh) {
    measured.add(kind)
    const rim: Box = {
      left: Math.max(0, Math.floor(box.left) - ringReachPx),
      top: Math.max(0, Math.floor(box.top) - ringReachPx),
      right: Math.min(before.width, Math.ceil(box.right) + ringReachPx),
      bottom: Math.min(before.height, Math.ceil(box.bottom) + ringReachPx),
    }
    let changed = await countChanged(page, { place, rim, before })
    const around = 2 * (box.right - box.left + box.bottom - box.top)
    if (changed < around * ringShare) {
      // What opens gives one of its own the focus a moment later, which is seen before then.
      await page.evaluate(blurAll)
      changed = await countChanged(page, { place, rim, before: await shoot(page) })
    }
    if (changed < around * ringShare)
      faint.push(`focus ${what}: ${changed} pixels of a line of ${Math.round(around)}`)
  }
  await page.evaluate(blurAll)
  return faint
}

/** The pixels around a control that differ by 3 to 1 once it has the focus. */
async function countChanged(
  page: Page,
  { place, rim, before }: { readonly place: number; readonly rim: Box; readonly before: Picture },
): Promise<number> {
  await page.evaluate(focusOn, place)
  const after = await shoot(page, rim)
  let changed = 0
  for (let y = 0; y < after.height; y++)
    for (let x = 0; x < after.width; x++)
      if (contrastOf(before.colorAt(rim.left + x, rim.top + y), after.colorAt(x, y)) >= 2.95) changed++
  return changed
}

/** Runs in the page. A menu that loses the focus closes: there, the menu itself takes it. */
function blurAll(): void {
  const active = document.activeElement
  const menu = active?.closest<HTMLElement>('[role=menu]')
  if (menu !== null && menu !== undefined) menu.focus({ preventScroll: true })
  else if (active instanceof HTMLElement) active.blur()
}

/** Runs in the page. */
function focusOn(place: number): void {
  document.querySelector<HTMLElement>(`[data-focusable="${place}"]`)?.focus({ preventScroll: true })
}

interface Focusable {
  readonly place: number
  /** What looks alike has one. */
  readonly kind: string
  readonly what: string
  readonly box: Box
}

/** Runs in the page: what the keyboard can come to there, named for `findFaintFocus`. */
function findFocusable(): Focusable[] {
  const reached =
    'a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]'
  return [...document.querySelectorAll<HTMLElement>(reached)].flatMap((element, place) => {
    const { left, top, right, bottom } = element.getBoundingClientRect()
    const isWhole = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
    const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    const isOnTop = seen !== null && (element.contains(seen) || seen.contains(element))
    if (
      !isWhole ||
      right - left < 8 ||
      bottom - top < 8 ||
      !isOnTop ||
      !element.checkVisibility({ checkOpacity: true })
    )
      return []
    element.dataset['focusable'] = String(place)
    // Names of the library's own style sheets say nothing that its readable names do not.
    const classes = [...element.classList].filter(
      (name) => !/^(?:m_|mantine-focus|mantine-active|active$)/.test(name),
    )
    const kind = [
      element.tagName,
      element.getAttribute('role'),
      element.getAttribute('type'),
      ...classes,
    ].join(' ')
    const words = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)
    return [
      {
        place,
        kind,
        what: `<${element.tagName.toLowerCase()} class="${(element.getAttribute('class') ?? '').slice(0, 60)}"> "${words}"`,
        box: { left, top, right, bottom },
      },
    ]
  })
}
