/** Files of `torch.save`: the zip format since PyTorch 1.6, and the older sequence of pickles. */
import {
  PickleDict,
  PickleGlobal,
  PickleObject,
  PickleSequence,
  PickleStandIn,
  type PickleValue,
} from './pickle-values.ts'
import {
  isHarmlessName,
  listTorchGlobals,
  readStorage,
  TorchTensor,
  type TorchStorage,
} from './torch-globals.ts'
import { unpickle, whatIsRead } from './unpickler.ts'
import { gatherFloat32, itemBytes, type Refuse, type StoredTensor, type WeightFile } from './weight-file.ts'
import { openZip } from './zip-reader.ts'

/** Containers within containers, such as a checkpoint's state_dict or a model among several. */
const maximalDepth = 6

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

interface Loader {
  readonly globals: ReturnType<typeof listTorchGlobals>
  readonly isHarmless: (name: string) => boolean
  readonly loadPersistent: (id: PickleValue) => PickleValue
  readonly refuse: Refuse
  /** Every storage that the pickle named, by key. */
  readonly storages: Map<string, TorchStorage>
}

/** `('module', class, file, source)`: the older format keeps the source of a network's class beside the name. */
function readModuleClass(id: PickleValue): PickleGlobal | null {
  const [kind, cls] = id instanceof PickleSequence ? id.items : []
  return kind === 'module' && cls instanceof PickleGlobal ? cls : null
}

function createLoader(refuse: Refuse): Loader {
  const storages = new Map<string, TorchStorage>()
  const globals = listTorchGlobals(refuse)
  return {
    refuse,
    storages,
    globals,
    isHarmless: isHarmlessName,
    loadPersistent(id) {
      const cls = readModuleClass(id)
      if (cls !== null && !globals.has(cls.name)) return cls
      const storage = readStorage(id, refuse)
      const known = storages.get(storage.key)
      if (known !== undefined && known.bytes !== storage.bytes)
        refuse(`the storage ${storage.key} is given two sizes`)
      storages.set(storage.key, storage)
      return new PickleObject(storage)
    },
  }
}

/** Every tensor below dicts with text keys, once: a container that holds itself is entered a single time. */
function listTensors(root: PickleValue): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>()
  const seen = new Set<PickleDict>()
  const queue: { dict: PickleDict; path: string; depth: number }[] = []
  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (value instanceof PickleObject && value.content instanceof TorchTensor) {
      if (!tensors.has(path)) tensors.set(path, value.content)
    } else if (value instanceof PickleDict && depth < maximalDepth && !seen.has(value)) {
      seen.add(value)
      queue.push({ dict: value, path, depth })
    }
  }
  visit(root, '', 0)
  // The queue grows while it is walked.
  for (const { dict, path, depth } of queue) {
    for (const [key, value] of dict.entries)
      if (typeof key === 'string') visit(value, path === '' ? key : `${path}.${key}`, depth + 1)
  }
  return tensors
}

function makeReadable(
  root: PickleValue,
  readBytes: (storage: TorchStorage) => Uint8Array,
  refuse: Refuse,
): Map<string, StoredTensor> {
  if (root instanceof PickleStandIn) return refuse(`refused ${root.name}; ${whatIsRead}`)
  if (!(root instanceof PickleDict))
    return refuse('it holds no dict of tensors at its top; save a state_dict')
  return new Map(
    [...listTensors(root)].map(([name, { storage, layout }]) => {
      const { type, shape } = layout
      return [name, { type, shape, read: () => gatherFloat32(readBytes(storage), layout, refuse) }]
    }),
  )
}

/** The format since PyTorch 1.6: a zip with `data.pkl` and one entry per storage. */
export function readZippedPth(bytes: Uint8Array, refuse: Refuse): WeightFile {
  const zip = openZip(bytes, refuse)
  const pickles = zip.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  const [pickle = ''] = pickles
  if (pickles.length !== 1) return refuse('it is a zip archive, but not one that torch.save wrote')
  const root = pickle.slice(0, -'data.pkl'.length)
  if (zip.has(`${root}constants.pkl`))
    return refuse('it is a TorchScript program; load it in PyTorch and save its state_dict')
  if (zip.has(`${root}byteorder`) && decode(zip.read(`${root}byteorder`)) !== 'little')
    return refuse('it was written on a big-endian machine; save it again on a common one')
  const loader = createLoader(refuse)
  const { value, standIns } = unpickle(zip.read(pickle), 0, loader)
  const readBytes = ({ key, bytes: expected }: TorchStorage): Uint8Array => {
    const name = `${root}data/${key}`
    if (zip.sizeOf(name) !== expected)
      return refuse(`the storage ${key} has ${zip.sizeOf(name)} bytes where ${expected} are due`)
    return zip.read(name)
  }
  return { format: 'PyTorch', tensors: makeReadable(value, readBytes, refuse), leftOut: [...standIns] }
}

/** 0x1950a86a20f9469cfc6c, which opens every file of the older format. */
const legacyMagic = 0x1950a86a20f9469cfc6cn
const legacyProtocol = 1001

/** The offset of each storage's bytes: an int64 count before each, in the order of the list of keys. */
function locateStorages(
  bytes: Uint8Array,
  start: number,
  { loader, keys }: { loader: Loader; keys: PickleValue },
): Map<string, number> {
  const { refuse, storages } = loader
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const offsets = new Map<string, number>()
  let at = start
  for (const key of keys instanceof PickleSequence ? keys.items : []) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (storage === undefined) return refuse('its list of storages names one that no tensor uses')
    if (at + 8 > bytes.length) return refuse(`the file is cut off before the storage ${storage.key}`)
    const count = Number(view.getBigInt64(at, true))
    if (count * (storage.type === null ? 1 : itemBytes[storage.type]) !== storage.bytes)
      return refuse(`the storage ${storage.key} has ${count} values where its tensors say otherwise`)
    offsets.set(storage.key, at + 8)
    at += 8 + storage.bytes
    if (at > bytes.length) return refuse(`the file is cut off in the storage ${storage.key}`)
  }
  return offsets
}

/** The format before PyTorch 1.6: magic number, version, machine, the object, the keys of its storages, their bytes. */
export function readLegacyPth(bytes: Uint8Array, refuse: Refuse): WeightFile {
  const loader = createLoader(refuse)
  const magic = unpickle(bytes, 0, loader)
  if (magic.value !== legacyMagic) return refuse('it is a pickle, but not one that torch.save wrote')
  const version = unpickle(bytes, magic.end, loader)
  if (version.value !== legacyProtocol)
    return refuse("its version is not 1001, the one of PyTorch's older format")
  const machine = unpickle(bytes, version.end, loader)
  if (machine.value instanceof PickleDict && machine.value.entries.get('little_endian') === false)
    return refuse('it was written on a big-endian machine; save it again on a common one')
  const root = unpickle(bytes, machine.end, loader)
  const keys = unpickle(bytes, root.end, loader)
  const offsets = locateStorages(bytes, keys.end, { loader, keys: keys.value })
  const readBytes = ({ key, bytes: length }: TorchStorage): Uint8Array => {
    const start = offsets.get(key)
    return start === undefined
      ? refuse(`the storage ${key} is missing`)
      : bytes.subarray(start, start + length)
  }
  return {
    format: 'PyTorch, before 1.6',
    tensors: makeReadable(root.value, readBytes, refuse),
    leftOut: [...root.standIns],
  }
}
