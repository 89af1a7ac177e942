/**
 * Generates the ONNX message types from resources/onnx.proto (ONNX 1.23, Apache-2.0).
 * The target is js+dts, not ts: the generated enums are not erasable, and Node's type stripping refuses them.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const buf = join(dirname(require.resolve('@bufbuild/buf/package.json')), 'bin', 'buf')
const template = {
  version: 'v2',
  plugins: [
    {
      local: 'protoc-gen-es',
      out: 'src/main/engine/networks/onnx-file/gen',
      opt: ['target=js+dts', 'import_extension=js'],
    },
  ],
}

const run = spawnSync(
  process.execPath,
  [buf, 'generate', 'resources', '--template', JSON.stringify(template)],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    },
  },
)
process.exitCode = run.status ?? 1
