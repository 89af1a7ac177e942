/**
 * The names that PyTorch's own serialisation of tensors uses (torch/_utils.py, torch/_tensor.py), those of Python's
 * containers, and which others may be stood in for.
 */
import { PickleDict, PickleGlobal, PickleObject, PickleSequence, type PickleValue } from './pickle-values.ts'
import {
  countValues,
  findLastIndex,
  itemBytes,
  type Refuse,
  type TensorLayout,
  type WeightType,
} from './weight-file.ts'
import { lookUp } from '#shared/domain/look-up.ts'

/** Where a tensor's values lie; filled by the file's reader. */
export class TorchStorage {
  readonly key: string
  /** Null for bytes without a type; the tensor then says it. */
  readonly type: WeightType | null
  readonly bytes: number

  constructor(key: string, type: WeightType | null, bytes: number) {
    this.key = key
    this.type = type
    this.bytes = bytes
  }
}

export class TorchTensor {
  readonly storage: TorchStorage
  readonly layout: TensorLayout

  constructor(storage: TorchStorage, layout: TensorLayout) {
    this.storage = storage
    this.layout = layout
  }
}

type Build = (args: readonly PickleValue[]) => PickleValue

const storageTypes: Readonly<Record<string, WeightType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  ComplexFloatStorage: 'complex64',
  ComplexDoubleStorage: 'complex128',
}

/** `torch.float32` and its like, and the older `torch.float`. */
const typeAliases: Readonly<Record<string, WeightType>> = {
  ...Object.fromEntries((Object.keys(itemBytes) as WeightType[]).map((type) => [type, type])),
  double: 'float64',
  float: 'float32',
  half: 'float16',
  long: 'int64',
  int: 'int32',
  short: 'int16',
}

const untyped = 'torch.storage.UntypedStorage'
/** Named beside a tensor, never called. */
const inertNames = [
  untyped,
  'torch.storage.TypedStorage',
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.nn.parameter.Buffer',
  'torch.strided',
  'torch.contiguous_format',
]

/** `('storage', class, key, location, count)`; the older format adds a view, which PyTorch itself stopped writing. */
export function readStorage(id: PickleValue, refuse: Refuse): TorchStorage {
  const [kind, cls, key, , count, view = null] = id instanceof PickleSequence ? id.items : []
  if (kind !== 'storage' || !(cls instanceof PickleGlobal) || typeof key !== 'string')
    return refuse('refused a persistent id that names no storage of a tensor')
  if (view !== null)
    return refuse(`the storage ${key} is a view of another; save the file again with PyTorch 1.6 or later`)
  const type = cls.name === untyped ? null : lookUp(storageTypes, cls.name.replace(/^torch\./, ''))
  if (type === undefined) return refuse(`refused a persistent id with ${cls.name} where a storage is due`)
  if (!isCount(count)) return refuse(`the storage ${key} has no valid size`)
  return new TorchStorage(key, type, count * (type === null ? 1 : itemBytes[type]))
}

function readNumbers(value: PickleValue | undefined): number[] {
  const items = value instanceof PickleSequence ? value.items : [NaN]
  return items.map((item) => (typeof item === 'number' ? item : NaN))
}

const isCount = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const readType = (name: PickleValue | undefined): WeightType | undefined =>
  name instanceof PickleGlobal ? lookUp(typeAliases, name.name.replace(/^torch\./, '')) : undefined

/** (storage, offset, size, stride, ...); checked to lie within its storage, but nothing is read or allocated. */
function buildTensor(
  args: readonly PickleValue[],
  type: WeightType | undefined,
  refuse: Refuse,
): PickleObject {
  const [stored, offset, size, stride] = args
  const storage = stored instanceof PickleObject ? stored.content : undefined
  if (!(storage instanceof TorchStorage)) return refuse('a tensor without a storage')
  const what = `a tensor on the storage ${storage.key}`
  const valueType = type ?? storage.type
  if (valueType === null) return refuse(`${what} has no type`)
  const shape = readNumbers(size)
  const strides = readNumbers(stride)
  countValues(shape, what, refuse)
  if (!isCount(offset) || strides.length !== shape.length || !strides.every(isCount))
    return refuse(`${what} has no valid strides`)
  const layout = { type: valueType, shape, offset, strides }
  if ((findLastIndex(layout) + 1) * itemBytes[valueType] > storage.bytes)
    return refuse(`${what} [${shape.join(', ')}] reaches beyond the ${storage.bytes} bytes of that storage`)
  return new PickleObject(new TorchTensor(storage, layout))
}

const takeFirst: Build = ([first = null]) => first
const takeItems: Build = ([first = new PickleSequence([])]) => first

/**
 * Modules with which a pickle can act on a machine. Nothing here runs in any case; but a file that names one of them is no
 * honest file of weights, and whoever was sent it should hear of that.
 */
const actingModules = new Set(
  (
    'builtins __builtin__ os posix nt posixpath ntpath sys subprocess commands importlib imp runpy ' +
    'pkgutil zipimport pip site pty socket socketserver shutil ctypes cffi multiprocessing pickle _pickle cPickle dill ' +
    'cloudpickle joblib marshal shelve types code codeop webbrowser operator _operator inspect pydoc timeit pdb bdb ' +
    'cProfile profile trace doctest asyncio ssl http httplib urllib urllib2 requests ftplib smtplib telnetlib xmlrpc ' +
    'tempfile glob signal threading _thread thread concurrent atexit gc linecache platform distutils setuptools ensurepip ' +
    'venv sched io _io fileinput resource fcntl'
  ).split(' '),
)
/** Modules that others hold as attributes, so that their names can stand behind a harmless one's. */
const actingAttributes = new Set([
  'os',
  'sys',
  'posix',
  'nt',
  'subprocess',
  'builtins',
  '__builtins__',
  '__globals__',
])
const harmlessOfActingModules = new Set([
  ...['builtins', '__builtin__'].flatMap((module) =>
    ['int', 'float', 'complex', 'str', 'bool', 'bytes', 'bytearray', 'dict', 'slice', 'range', 'object'].map(
      (name) => `${module}.${name}`,
    ),
  ),
  'types.SimpleNamespace',
])
/** Parts of PyTorch whose objects are no tensors; a tensor in a form that is not read here must not go missing unsaid. */
const harmlessTorch = /^torch\.(nn\.modules|nn\.parallel|optim|torch_version)\./

/** Whether an object of that name, which is on no list, may be left out of a file while its tensors are taken. */
export function isHarmlessName(name: string): boolean {
  const [root = '', ...attributes] = name.split('.')
  if (harmlessOfActingModules.has(name)) return true
  if (root === 'torch') return harmlessTorch.test(name)
  return !actingModules.has(root) && !attributes.some((part) => actingAttributes.has(part.replace(/^_+/, '')))
}

/** What each allowed name does when it is called; null for those that may only be named. */
export function listTorchGlobals(refuse: Refuse): ReadonlyMap<string, Build | null> {
  const fillDict = createDictFiller(refuse)
  const rebuilders = new Map<string, Build>([
    ['torch._utils._rebuild_tensor', (args) => buildTensor(args, undefined, refuse)],
    ['torch._utils._rebuild_tensor_v2', (args) => buildTensor(args, undefined, refuse)],
    ['torch._utils._rebuild_tensor_v3', (args) => buildTensor(args, readType(args[6]), refuse)],
    ['torch._utils._rebuild_parameter', takeFirst],
    ['torch._utils._rebuild_parameter_with_state', takeFirst],
  ])
  // (function, class, arguments, attributes): a tensor that bears attributes of its own.
  const rebuildWithAttributes: Build = ([target, , args]) => {
    const rebuild = target instanceof PickleGlobal ? rebuilders.get(target.name) : undefined
    return rebuild === undefined
      ? refuse('refused a tensor that no function of torch._utils rebuilds')
      : rebuild(args instanceof PickleSequence ? args.items : [])
  }
  const inert = [
    ...Object.keys(storageTypes).map((name) => `torch.${name}`),
    ...Object.keys(typeAliases).map((name) => `torch.${name}`),
    ...inertNames,
  ]
  return new Map<string, Build | null>([
    ...inert.map((name) => [name, null] as const),
    ...rebuilders,
    ['torch._tensor._rebuild_from_type_v2', rebuildWithAttributes],
    ['collections.OrderedDict', fillDict],
    ['collections.Counter', fillDict],
    // The first argument makes values for keys that are missing, which nothing here asks for.
    ['collections.defaultdict', ([, content = null]) => fillDict([content])],
    ...['builtins', '__builtin__'].flatMap((module) =>
      ['set', 'frozenset', 'list', 'tuple'].map((name) => [`${module}.${name}`, takeItems] as const),
    ),
    ['torch.Size', takeFirst],
    ['torch.device', takeFirst],
  ])
}

/** Copies of dicts cost time beyond the pickle's length, so their sum is bounded. */
const maximalCopies = 1_000_000

/** `OrderedDict()`, or one of pairs or of another dict. */
function createDictFiller(refuse: Refuse): Build {
  let copies = 0
  return ([content]) => {
    const dict = new PickleDict()
    const pairs =
      content instanceof PickleDict
        ? [...content.entries].map((pair) => new PickleSequence(pair))
        : content instanceof PickleSequence
          ? content.items
          : []
    copies += pairs.length
    if (copies > maximalCopies) return refuse(`its dicts are copied more than ${maximalCopies} times`)
    for (const pair of pairs) {
      if (!(pair instanceof PickleSequence) || pair.items.length !== 2)
        return refuse('a dict of something else than pairs')
      dict.entries.set(pair.items[0] ?? null, pair.items[1] ?? null)
    }
    return dict
  }
}
