/**
 * `node scripts/link-tensorflow.ts`: gives TensorFlow.js's Node binding a modern TensorFlow. The package brings a
 * library of 2022; its binding is two C++ files on Node-API and TensorFlow's C interface, which has not changed since, so
 * they are compiled here against what a pip wheel (2.11 or later) or a system library holds. See docs/guides/tensorflow.md.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { resolveUserDataFolder } from '../src/main/engine/base/kernel/paths.ts'
import { probeTensorFlow } from '../src/main/engine/networks/gradients/tensorflow/probe-tensorflow.ts'
import { locateWorkers } from '../src/main/engine/base/threads/worker-locator.ts'

const root = resolve(import.meta.dirname, '..')
const usage = `Usage: node scripts/link-tensorflow.ts [options]

  --into FOLDER         where packages are put that are missing (default: Evenhand's data folder)
  --package FOLDER      an installed @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu
  --tensorflow FOLDER   holds libtensorflow_cc.so.2 or libtensorflow.so.2, and include/
  --wheel NAME          installs this pip package instead: tensorflow-cpu, or tensorflow[and-cuda]
  --python PROGRAM      (default: python3)
  --headers FOLDER      holds node_api.h, where it is not found beside Node
  --gpu                 takes @tensorflow/tfjs-node-gpu where no package is named
  --help
`

/** The last release of the packages. */
const packageVersion = '4.22.0'

class LinkError extends Error {}

function fail(message: string): never {
  throw new LinkError(message)
}

/** Runs a program with its output shown; fails with what to do when it cannot be run or ends badly. */
function run(program: string, args: readonly string[], advice: string): void {
  process.stderr.write(`> ${program} ${args.join(' ')}\n`)
  const { error, status } = spawnSync(program, args, { stdio: ['ignore', 2, 2] })
  if (error !== undefined) fail(`${program} could not be started (${error.message}). ${advice}`)
  if (status !== 0) fail(`${program} ended with exit code ${status}. ${advice}`)
}

/** What a program prints, or null where there is none or it fails. */
function read(program: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

function findInstalledPackage(isGpu: boolean): string | null {
  const require = createRequire(import.meta.url)
  const names = isGpu ? ['tfjs-node-gpu'] : ['tfjs-node-gpu', 'tfjs-node']
  for (const name of names) {
    try {
      return dirname(require.resolve(`@tensorflow/${name}/package.json`))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) throw error
    }
  }
  return null
}

/** The package's folder; installed into `into`, without its install script, where there is none yet. */
function findPackage(options: { named: string | undefined; into: string; isGpu: boolean }): string {
  const { named, into, isGpu } = options
  const found = named === undefined ? findInstalledPackage(isGpu) : resolve(named)
  if (found !== null) {
    if (!existsSync(join(found, 'binding', 'tfjs_binding.cc')))
      fail(`${found} holds no binding/tfjs_binding.cc, so it is no @tensorflow/tfjs-node.`)
    return found
  }
  const name = isGpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node'
  const folder = join(into, 'node_modules', name)
  if (existsSync(folder)) return folder
  mkdirSync(into, { recursive: true })
  run(
    'npm',
    ['install', '--prefix', into, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${packageVersion}`],
    `Install ${name} ${packageVersion} by hand and name its folder with --package.`,
  )
  return folder
}

interface Library {
  readonly folder: string
  readonly include: string
  readonly files: readonly string[]
}

/** A wheel keeps libraries and include/ together; a system has lib/ and include/ side by side. */
function inspectTensorFlow(folder: string): Library {
  const places = [folder, join(folder, 'lib')]
  for (const place of places) {
    const names = existsSync(place) ? readdirSync(place) : []
    const main = ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow.so'].find((name) =>
      names.includes(name),
    )
    if (main === undefined) continue
    const framework = names.find((name) => /^libtensorflow_framework\.so(\.2)?$/.test(name))
    if (framework === undefined) fail(`${place} holds ${main} but no libtensorflow_framework.so.2.`)
    const include = [join(folder, 'include'), join(place, 'include')].find((each) =>
      existsSync(join(each, 'tensorflow', 'c', 'c_api.h')),
    )
    if (include === undefined) fail(`${folder} holds ${main} but no include/tensorflow/c/c_api.h.`)
    return { folder: place, include, files: [main, framework] }
  }
  fail(
    `${folder} holds neither libtensorflow_cc.so.2 nor libtensorflow.so.2. A pip wheel has them from TensorFlow 2.11 on.`,
  )
}

/** Without importing it, which takes seconds. */
const locateScript =
  'import importlib.util as u; s = u.find_spec("tensorflow"); print(s.submodule_search_locations[0] if s else "")'

function findTensorFlow(options: {
  named: string | undefined
  wheel: string | undefined
  python: string
  into: string
}): Library {
  const { named, wheel, python, into } = options
  if (named !== undefined) return inspectTensorFlow(resolve(named))
  if (wheel === undefined) {
    const found = read(python, ['-c', locateScript])
    if (found === null) fail(`${python} could not be run. Name another with --python.`)
    if (found === '')
      fail(`${python} has no TensorFlow. Let pip fetch one with --wheel tensorflow-cpu, or name its folder.`)
    return inspectTensorFlow(found)
  }
  const target = join(into, 'python')
  // A CUDA wheel needs the NVIDIA libraries that it depends on; the plain one is complete for our purpose.
  const dependencies = wheel.includes('[') ? [] : ['--no-deps']
  run(
    python,
    ['-m', 'pip', 'install', '--upgrade', '--target', target, ...dependencies, wheel],
    'Is pip there, and does it find this package for this version of Python?',
  )
  return inspectTensorFlow(join(target, 'tensorflow'))
}

/** Where pip puts NVIDIA's libraries beside TensorFlow, which only Python knows to look in. */
function listCudaFolders(tensorFlow: string): string[] {
  const folder = resolve(tensorFlow, '..', 'nvidia')
  return (existsSync(folder) ? readdirSync(folder) : [])
    .map((name) => join(folder, name, 'lib'))
    .filter((each) => existsSync(each))
}

function findHeaders(named: string | undefined): string {
  const beside = resolve(dirname(process.execPath), '..', 'include', 'node')
  const ofPackage = join(root, 'node_modules', 'node', 'node_modules')
  const candidates =
    named === undefined
      ? [
          beside,
          ...(existsSync(ofPackage) ? readdirSync(ofPackage) : []).map((name) =>
            join(ofPackage, name, 'include', 'node'),
          ),
          '/usr/include/node',
        ]
      : [resolve(named)]
  const found = candidates.find((folder) => existsSync(join(folder, 'node_api.h')))
  if (found === undefined)
    fail(`node_api.h is in none of ${candidates.join(', ')}. Name its folder with --headers.`)
  return found
}

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  binary: z.object({ napi_versions: z.array(z.int()).min(1) }),
})

/** Compiles the binding to where the package looks for it. */
function compileBinding(folder: string, { library, headers }: { library: Library; headers: string }): void {
  const { binary } = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const level = Math.max(...binary.napi_versions.filter((each) => each <= Number(process.versions.napi)))
  const target = join(folder, 'lib', `napi-v${level}`)
  mkdirSync(target, { recursive: true })
  run(
    process.env['CXX'] ?? 'c++',
    [
      '-shared',
      '-fPIC',
      '-O2',
      '-std=c++17',
      `-DNAPI_VERSION=${level}`,
      `-I${headers}`,
      `-I${library.include}`,
      join(folder, 'binding', 'tfjs_backend.cc'),
      join(folder, 'binding', 'tfjs_binding.cc'),
      `-L${library.folder}`,
      ...library.files.map((name) => `-l:${name}`),
      // TensorFlow stays where it is, as it looks for CUDA's libraries beside itself.
      `-Wl,-rpath,${library.folder}`,
      '-o',
      join(target, 'tfjs_binding.node'),
    ],
    'A C++17 compiler is needed: on Debian and Ubuntu, apt-get install g++.',
  )
}

function readOptions() {
  return parseArgs({
    options: {
      into: { type: 'string' },
      package: { type: 'string' },
      tensorflow: { type: 'string' },
      wheel: { type: 'string' },
      python: { type: 'string', default: 'python3' },
      headers: { type: 'string' },
      gpu: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values
}

async function link(): Promise<void> {
  const options = readOptions()
  if (options.help) {
    process.stdout.write(usage)
    return
  }
  if (process.platform !== 'linux')
    fail('TensorFlow is linked on Linux alone; on Windows take WSL 2. On macOS the package brings its own.')
  const into = resolve(options.into ?? join(resolveUserDataFolder(process.env), 'tensorflow'))
  const headers = findHeaders(options.headers)
  const { wheel, python } = options
  const library = findTensorFlow({ named: options.tensorflow, wheel, python, into })
  const folder = findPackage({ named: options.package, into, isGpu: options.gpu })
  compileBinding(folder, { library, headers })
  const cuda = listCudaFolders(library.folder)
  if (cuda.length > 0)
    process.env['LD_LIBRARY_PATH'] = [...cuda, process.env['LD_LIBRARY_PATH'] ?? ''].filter(Boolean).join(':')
  const workers = locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href)
  const probe = await probeTensorFlow({ workers, folder })
  if (!probe.available) fail(`The binding was built but does not train. ${probe.reason}`)
  process.stderr.write(`${probe.version} has trained a step on the ${probe.device.toUpperCase()}.\n`)
  process.stdout.write(`EVENHAND_TENSORFLOW=${folder}\n`)
  if (cuda.length > 0) process.stdout.write(`LD_LIBRARY_PATH=${cuda.join(':')}\n`)
}

try {
  await link()
} catch (error) {
  if (!(error instanceof LinkError || (error instanceof TypeError && 'code' in error))) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 69
}
