import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface AcceptanceOptions {
  /** Folder with `utkface`, `fairface` and `lfw`. */
  readonly faces: string
  readonly isQuick: boolean
  readonly isFull: boolean
  /** Independent programs that check exports, and the Python that runs them; null where none were named. */
  readonly oracles: { readonly folder: string; readonly python: string } | null
  readonly keep: boolean
}

export const usage = `npm run acceptance -- --faces FOLDER [--quick | --full] [--oracles DIR --python PY] [--keep]
  --faces FOLDER  real labelled faces: utkface/, fairface/ and lfw/ below it
  --quick         one short training and fewer imports, a few minutes
  --full          also the 18-epoch training with its accuracy thresholds, about half an hour
  --oracles DIR   split_check.py and onnx_check.py, run with --python PY
  --keep          leave the projects in place and say where`

/** @throws Error with a sentence when the options do not fit */
export function readOptions(argv: readonly string[]): AcceptanceOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      faces: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      oracles: { type: 'string' },
      python: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  const faces = resolve(values.faces ?? process.env['EVENHAND_FACES'] ?? '../shared/data')
  if (!existsSync(faces)) throw new Error(`There is no folder ${faces}. Name one with --faces.`)
  if ((values.oracles === undefined) !== (values.python === undefined)) {
    throw new Error('--oracles and --python belong together.')
  }
  return {
    faces,
    isQuick: values.quick,
    isFull: values.full,
    oracles:
      values.oracles === undefined || values.python === undefined
        ? null
        : { folder: resolve(values.oracles), python: values.python },
    keep: values.keep,
  }
}
