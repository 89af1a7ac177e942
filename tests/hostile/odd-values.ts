import { chance, pick, type Random } from './pick.ts'

const deep = (open: string, close: string, levels: number): unknown =>
  JSON.parse(`${open.repeat(levels)}1${close.repeat(levels)}`)

/** Objects whose own keys are those of every object's prototype; a literal would set the prototype instead. */
const makePrototypeKeys = (): unknown =>
  JSON.parse(
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":null}',
  )

export const oddTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '\ud800',
  '\u202e\u{feff}\u0007\u001b[31m',
  '../../../etc/passwd',
  "'; DROP TABLE image; --",
  '%',
  '_%\\',
  '"',
  '=1+1',
  'NaN',
  '1e308',
  'null',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  'age<',
  'race:"',
  '-',
  'constructor:x',
  'id:99999999999999999999',
]

export const oddNumbers: readonly number[] = [
  0,
  -0,
  -1,
  0.5,
  1e308,
  -1e308,
  5e-324,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
]

/** Written into a message as the bare number `1e999`, which JSON reads as Infinity. */
export const infinityMark = '@1e999@'

/** Larger than most of what a person sends, and within what a message may hold. */
const longTexts = [1_000, 2_001, 20_001, 300_000]

export function oddText(random: Random): string {
  if (chance(random, 0.03)) return pick(random, ['a', '\u00e9', '\u{1f600}']).repeat(pick(random, longTexts))
  return pick(random, oddTexts)
}

/** Anything that JSON can say, and no schema expects here. */
export function oddValue(random: Random): unknown {
  return pick<() => unknown>(random, [
    () => null,
    () => true,
    () => [],
    () => ({}),
    () => pick(random, oddNumbers),
    () => infinityMark,
    () => String(pick(random, oddNumbers)),
    () => oddText(random),
    makePrototypeKeys,
    () => Array.from({ length: 1_001 }, (_, index) => index),
    () => deep('[', ']', pick(random, [30, 3_000])),
    () => deep('{"a":', '}', pick(random, [30, 3_000])),
  ])()
}
