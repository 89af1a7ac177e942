import { lookUp } from '#shared/domain/look-up.ts'

/** Glyphs of 3 x 5 pixels, one octal digit a row, its highest bit on the left. Small letters look like capitals. */
const glyphs: Readonly<Record<string, string>> = {
  ' ': '00000',
  '%': '51245',
  '(': '24442',
  ')': '21112',
  '+': '02720',
  ',': '00024',
  '-': '00700',
  '.': '00002',
  '/': '11244',
  '0': '25552',
  '1': '26227',
  '2': '71747',
  '3': '71717',
  '4': '55711',
  '5': '74717',
  '6': '74757',
  '7': '71122',
  '8': '75757',
  '9': '75717',
  ':': '02020',
  A: '25755',
  B: '65656',
  C: '34443',
  D: '65556',
  E: '74647',
  F: '74644',
  G: '34553',
  H: '55755',
  I: '72227',
  J: '11152',
  K: '55655',
  L: '44447',
  M: '57755',
  N: '65555',
  O: '25552',
  P: '65644',
  Q: '25563',
  R: '65655',
  S: '34216',
  T: '72222',
  U: '55557',
  V: '55552',
  W: '55775',
  X: '55255',
  Y: '55222',
  Z: '71247',
  _: '00007',
}
const unknownGlyph = '71202'

const scale = 2
/** Pixels from one letter to the next. */
const advance = 4 * scale

export const textHeight = 5 * scale

export const measureText = (text: string): number => text.length * advance

/** Calls `plot` with every pixel of the text whose upper left corner is the origin. */
export function plotText(text: string, plot: (x: number, y: number) => void): void {
  Array.from(text.toUpperCase()).forEach((letter, position) => {
    const glyph = lookUp(glyphs, letter) ?? unknownGlyph
    for (let y = 0; y < textHeight; y++) {
      const row = Number.parseInt(glyph[Math.floor(y / scale)] ?? '0', 8)
      for (let x = 0; x < 3 * scale; x++) {
        if (((row >> (2 - Math.floor(x / scale))) & 1) === 1) plot(position * advance + x, y)
      }
    }
  })
}
