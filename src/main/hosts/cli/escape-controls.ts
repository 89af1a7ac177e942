import { escapeControls } from '#shared/domain/escape-controls.ts'

/** `escapeControls` for a name within a line: line feeds and tabs become visible too. */
export function escapeName(name: string): string {
  return escapeControls(name)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`)
}
