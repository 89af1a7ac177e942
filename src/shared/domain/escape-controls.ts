// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

/** Whether `escapeControls` would change a text. */
export const hasControls = (text: string): boolean => control.test(text)

const escapeOne = (character: string): string =>
  `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`

/**
 * Text for a terminal with every control character but line feeds and tabs made visible, since names of files
 * and data sets come from elsewhere and could move the cursor or rewrite what stands above.
 */
export function escapeControls(text: string): string {
  return hasControls(text) ? text.replaceAll(new RegExp(control, 'g'), escapeOne) : text
}

/** The text that `escapeControls` has made of another. */
export const readControls = (text: string): string =>
  text.replaceAll(/\\x(0[0-8b-f]|1[0-9a-f]|7f|[89][0-9a-f])/g, (_whole, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  )
