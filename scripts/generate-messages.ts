/**
 * Generates message types from the protos in resources/: ONNX's own (ONNX 1.23, Apache-2.0), and what Evenhand needs of
 * TensorBoard's. The target is js+dts, not ts: the generated enums are not erasable, and Node's type stripping refuses them.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const buf = join(dirname(require.resolve('@bufbuild/buf/package.json')), 'bin', 'buf')

const rooms = [
  { folder: 'onnx-file', protos: ['onnx.proto'] },
  { folder: 'tensorboard', protos: ['tensorboard.proto', 'tensorboard-hparams.proto'] },
]

/** @returns the exit status */
function generate({ folder, protos }: (typeof rooms)[number]): number {
  const plugin = {
    local: 'protoc-gen-es',
    out: `src/main/engine/networks/${folder}/gen`,
    opt: ['target=js+dts', 'import_extension=js'],
  }
  const template = JSON.stringify({ version: 'v2', plugins: [plugin] })
  const paths = protos.flatMap((proto) => ['--path', `resources/${proto}`])
  const { status } = spawnSync(
    process.execPath,
    [buf, 'generate', 'resources', '--template', template, ...paths],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
      },
    },
  )
  return status ?? 1
}

process.exitCode = Math.max(...rooms.map(generate))
