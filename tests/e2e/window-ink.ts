/** What a person has to see: words, marks of figures, icons, edges of fields, and the ring around what has the focus. */
export type InkKind = 'text' | 'mark' | 'icon' | 'field'

export interface MeasuredInk {
  readonly kind: InkKind
  /** The element in a few words, for whom it fails. */
  readonly what: string
  /** From 1 to 21, as WCAG 2.2 defines it: the ink with what it stands on. */
  readonly contrast: number
  /** What WCAG 2.2 AA asks: 4.5 of words, 3 of large words and of all else. */
  readonly least: number
  /** Of a control that cannot be used: WCAG asks nothing of it. */
  readonly isDisabled: boolean
}

/** In pixels of the window. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export type Rgba = readonly [number, number, number, number]

export interface FoundInk extends Omit<MeasuredInk, 'contrast'> {
  /** Each by itself would do; translucent ones are seen on their ground. */
  readonly inks: readonly Rgba[]
  readonly grounds: readonly Box[]
}

/** Runs in the page: what is drawn there by whom, in which colours. Marks are named for `hideInk`. */
export function findInk(): FoundInk[] {
  const found: FoundInk[] = []
  const canvas = new OffscreenCanvas(1, 1)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const known = new Map<string, Rgba>()
  const readColor = (color: string): Rgba => {
    const before = known.get(color)
    if (before !== undefined) return before
    if (context === null) return [0, 0, 0, 1]
    context.clearRect(0, 0, 1, 1)
    context.fillStyle = color
    context.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
    const read: Rgba = [red, green, blue, alpha / 255]
    known.set(color, read)
    return read
  }
  const opacities = new Map<Element, number>()
  const opacityOf = (element: Element): number => {
    const before = opacities.get(element)
    if (before !== undefined) return before
    const above = element.parentElement === null ? 1 : opacityOf(element.parentElement)
    const opacity = above * Number(getComputedStyle(element).opacity)
    opacities.set(element, opacity)
    return opacity
  }
  const seen = (color: string, element: Element, part = 1): Rgba => {
    const [red, green, blue, alpha] = readColor(color)
    return [red, green, blue, alpha * part * opacityOf(element)]
  }
  const nameOf = (element: Element): string => {
    const role =
      element.getAttribute('aria-label') ?? element.closest('[aria-label]')?.getAttribute('aria-label') ?? ''
    const words = (element.textContent ?? '').trim().replaceAll(/\s+/g, ' ').slice(0, 40)
    return `<${element.tagName.toLowerCase()} class="${(element.getAttribute('class') ?? '').slice(0, 60)}"> "${words}" in "${role.slice(0, 40)}"`
  }
  const isDisabled = (element: Element): boolean =>
    element.closest(':disabled, [aria-disabled=true], [data-disabled=true], [inert]') !== null ||
    (element.closest('label')?.querySelector(':disabled') ?? null) !== null
  const frames = new Map<Element, Box>()
  const everything: Box = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity }
  /** What is not scrolled or cut away of what stands in the element. */
  const frameOf = (element: Element | null): Box => {
    if (element === null || element === document.documentElement) return everything
    const before = frames.get(element)
    if (before !== undefined) return before
    const { overflowX, overflowY, position } = getComputedStyle(element)
    const outer = position === 'fixed' ? everything : frameOf(element.parentElement)
    const own = overflowX === 'visible' && overflowY === 'visible' ? outer : element.getBoundingClientRect()
    const frame: Box = {
      left: overflowX === 'visible' ? outer.left : Math.max(outer.left, own.left),
      right: overflowX === 'visible' ? outer.right : Math.min(outer.right, own.right),
      top: overflowY === 'visible' ? outer.top : Math.max(outer.top, own.top),
      bottom: overflowY === 'visible' ? outer.bottom : Math.min(outer.bottom, own.bottom),
    }
    frames.set(element, frame)
    return frame
  }
  /** The part of a box that is not scrolled or cut away. */
  const clip = ({ left, top, right, bottom }: Box, element: Element | null): Box => {
    const frame = frameOf(element)
    return {
      left: Math.max(left, frame.left),
      top: Math.max(top, frame.top),
      right: Math.min(right, frame.right),
      bottom: Math.min(bottom, frame.bottom),
    }
  }
  const isInView = ({ left, top, right, bottom }: Box): boolean =>
    right - left > 0 && bottom - top > 0 && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight
  /** Not behind a dialog, nor scrolled out of what holds it. */
  const isOnTop = (element: Element, box: Box): boolean => {
    const [x, y] = [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, (box.top + box.bottom) / 2]
    if (y < 0 || y >= innerHeight) return false
    const top = document.elementFromPoint(x, y)
    if (top === null) return false
    if (top === element || element.contains(top) || top.contains(element)) return true
    // What lets the pointer through is looked for below it.
    const holder = element.parentElement?.closest(
      'button, a, label, li, section, figure, td, th, [role=option], [role=row]',
    )
    return holder !== null && holder !== undefined && (holder.contains(top) || top.contains(holder))
  }
  const isShown = (element: Element): boolean =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    element.closest('[aria-hidden=true].visually-hidden') === null

  // Words.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (
      element === null ||
      (node.textContent ?? '').trim() === '' ||
      /^(?:SCRIPT|STYLE|OPTION|NOSCRIPT)$/.test(element.tagName)
    )
      continue
    if (!isShown(element)) continue
    const style = getComputedStyle(element)
    if (style.clipPath !== 'none' || Number.parseFloat(style.fontSize) < 2) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const boxes = [...range.getClientRects()].map((box) => clip(box, element)).filter(isInView)
    const own = element.getBoundingClientRect()
    if (boxes.length === 0 || own.width <= 1 || !boxes.some((box) => isOnTop(element, box))) continue
    const isDrawn = element.namespaceURI === 'http://www.w3.org/2000/svg'
    const size = Number.parseFloat(style.fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    found.push({
      kind: 'text',
      what: nameOf(element),
      least: isLarge ? 3 : 4.5,
      isDisabled: isDisabled(element),
      inks: [seen(isDrawn ? style.fill : style.color, element, isDrawn ? Number(style.fillOpacity) : 1)],
      grounds: boxes.filter((box) => isOnTop(element, box)),
    })
  }

  // What is typed, or asked to be, and the edges of where it is typed.
  const fields = 'input:not([type=hidden], [type=range]), textarea, select'
  for (const field of document.querySelectorAll<HTMLInputElement>(fields)) {
    // Of a switch only the track beside it is drawn.
    const drawn = field.getAttribute('role') === 'switch' ? field.nextElementSibling : field
    if (drawn === null || !isShown(drawn)) continue
    const box = clip(drawn.getBoundingClientRect(), drawn.parentElement)
    if (!isInView(box) || !isOnTop(drawn, box) || box.right - box.left < 6) continue
    const style = getComputedStyle(drawn)
    const isTicked = /^(?:checkbox|radio)$/.test(field.type)
    const hasEdge = style.borderBottomStyle !== 'none' && Number.parseFloat(style.borderBottomWidth) > 0
    const shadow = /^(rgba?\([^)]*\)|color\([^)]*\))/.exec(style.boxShadow)?.[1]
    const edges = [...(hasEdge ? [style.borderBottomColor] : []), ...(shadow === undefined ? [] : [shadow])]
    // A field without an edge of its own stands in something that has one.
    if (edges.length > 0 || drawn !== field)
      found.push({
        kind: 'field',
        what: nameOf(field),
        least: 3,
        isDisabled: isDisabled(field),
        inks: [...edges, style.backgroundColor].map((color) => seen(color, drawn)),
        grounds: [{ left: box.left - 3, top: box.top - 3, right: box.right + 3, bottom: box.top - 1 }],
      })
    const isEmpty = field.value === ''
    if (isTicked || (isEmpty && (field.placeholder ?? '') === '')) continue
    const words = isEmpty ? getComputedStyle(field, '::placeholder') : style
    found.push({
      kind: 'text',
      what: `${nameOf(field)} ${isEmpty ? 'placeholder' : 'value'}`,
      least: 4.5,
      isDisabled: isDisabled(field),
      inks: [seen(words.color, field, isEmpty ? Number(words.opacity) : 1)],
      grounds: [{ left: box.left + 2, top: box.top + 2, right: box.right - 2, bottom: box.bottom - 2 }],
    })
  }

  // Marks of plots.
  const plotted =
    '.main-svg :is(.points path, .lines path, .errorbars path, .bars path, .shapelayer path, .legend .layers path)'
  for (const mark of document.querySelectorAll<SVGPathElement>(plotted)) {
    const box = clip(mark.getBoundingClientRect(), mark.parentElement)
    const style = getComputedStyle(mark)
    const inks = [
      // What is no more than lines is filled with nothing, whatever its style says.
      ...(style.fill === 'none' || mark.closest('.errorbars, .lines') !== null
        ? []
        : [seen(style.fill, mark, Number(style.fillOpacity))]),
      ...(style.stroke === 'none' || Number.parseFloat(style.strokeWidth) === 0
        ? []
        : [seen(style.stroke, mark, Number(style.strokeOpacity))]),
    ].filter(([, , , alpha]) => alpha > 0)
    const wide = { left: box.left - 1, top: box.top - 1, right: box.right + 1, bottom: box.bottom + 1 }
    // What is neither filled nor drawn is there to be hovered over.
    if (!isShown(mark) || !isInView(wide) || inks.length === 0) continue
    mark.dataset['measured'] = 'mark'
    if (!isOnTop(mark.closest('figure') ?? mark, wide)) continue
    found.push({ kind: 'mark', what: nameOf(mark), least: 3, isDisabled: false, inks, grounds: [wide] })
  }

  // Bars, dots and lines made of elements: empty ones, or parts of a whole, whose place, width or colour is worked out for them.
  for (const mark of document.querySelectorAll<HTMLElement>(
    'body [style], [role=progressbar], meter, [data-mark]',
  )) {
    const written = mark.getAttribute('style') ?? ''
    const isMark =
      mark.dataset['mark'] !== undefined ||
      (!(mark instanceof HTMLImageElement || mark instanceof HTMLInputElement) &&
        (mark.childNodes.length === 0 || /flex-grow/.test(written)) &&
        /%|background|flex-grow/.test(written))
    const box = clip(mark.getBoundingClientRect(), mark.parentElement)
    if (!isMark || !isShown(mark) || !isInView(box) || mark.closest('.main-svg, .js-plotly-plot') !== null)
      continue
    const style = getComputedStyle(mark)
    const lines = [
      [style.borderTopWidth, style.borderTopStyle, style.borderTopColor],
      [style.borderBottomWidth, style.borderBottomStyle, style.borderBottomColor],
      [style.borderLeftWidth, style.borderLeftStyle, style.borderLeftColor],
      [style.outlineWidth, style.outlineStyle, style.outlineColor],
    ].flatMap(([width = '0', line, color = '']) =>
      Number.parseFloat(width) > 0 && line !== 'none' ? [color] : [],
    )
    const shadow = /^(rgba?\([^)]*\)|color\([^)]*\))/.exec(style.boxShadow)?.[1]
    const inks = [style.backgroundColor, ...lines, ...(shadow === undefined ? [] : [shadow])]
      .map((color) => seen(color, mark))
      .filter(([, , , alpha]) => alpha > 0)
    if (inks.length === 0) continue
    mark.dataset['measured'] = 'mark'
    if (!isOnTop(mark, box)) continue
    found.push({
      kind: 'mark',
      what: nameOf(mark),
      least: 3,
      isDisabled: isDisabled(mark),
      inks,
      grounds: [box],
    })
  }

  // Icons.
  for (const icon of document.querySelectorAll<SVGSVGElement>('svg:not(.main-svg, .main-svg svg)')) {
    const box = clip(icon.getBoundingClientRect(), icon.parentElement)
    if (!isShown(icon) || !isInView(box) || !isOnTop(icon, box) || icon.closest('.js-plotly-plot') !== null)
      continue
    const inks = [icon, ...icon.querySelectorAll('*')]
      .flatMap((part) => {
        const { fill, fillOpacity, stroke, strokeOpacity } = getComputedStyle(part)
        return [
          ...(fill === 'none' ? [] : [seen(fill, part, Number(fillOpacity))]),
          ...(stroke === 'none' ? [] : [seen(stroke, part, Number(strokeOpacity))]),
        ]
      })
      .filter(([, , , alpha]) => alpha > 0)
    if (inks.length === 0) continue
    icon.dataset['measured'] = 'mark'
    found.push({
      kind: 'icon',
      what: nameOf(icon.parentElement ?? icon),
      least: 3,
      isDisabled: isDisabled(icon),
      inks,
      grounds: [box],
    })
  }
  return found
}

/** Runs in the page; by a rule among the page's own, since its policy lets no other style in. */
export function hideWords(): void {
  const sheet = [...document.styleSheets].at(-1)
  sheet?.insertRule(
    `@supports (color: transparent) {
      *, *::before, *::after, *::placeholder { color: transparent !important; -webkit-text-fill-color: transparent !important;
        text-shadow: none !important; text-decoration-color: transparent !important }
      svg text, svg tspan { fill: transparent !important }
      * { transition: none !important }
    }`,
    sheet.cssRules.length,
  )
}

/** Runs in the page, after `hideWords`. */
export function hideMarks(): void {
  const sheet = [...document.styleSheets].at(-1)
  sheet?.insertRule(
    // Hairlines of a grid are nothing that a mark has to stand out from.
    '@supports (color: transparent) { [data-measured], .gridlayer, .zerolinelayer { visibility: hidden !important } }',
    sheet.cssRules.length,
  )
}

/** Runs in the page. */
export function showInk(): void {
  for (const sheet of document.styleSheets) {
    for (let at = sheet.cssRules.length - 1; at >= 0; at--) {
      const rule = sheet.cssRules[at]
      if (rule instanceof CSSSupportsRule && rule.conditionText === '(color: transparent)')
        sheet.deleteRule(at)
    }
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-measured]'))
    delete element.dataset['measured']
}
