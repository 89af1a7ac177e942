import type { FileHandle } from 'node:fs/promises'
import { extname } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { findStandIn } from '#shared/domain/stand-in.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import { listSafetensors } from './safetensors.ts'
import { readOnnxWeights } from './onnx-weights.ts'
import { readLegacyPth, readZippedPth } from './pth-reader.ts'
import {
  createRefuse,
  gatherFloat32,
  listRowMajorStrides,
  type Refuse,
  type WeightFile,
} from './weight-file.ts'
import { isZip } from './zip-reader.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'

/** Ten times a ResNet-34 with its optimiser's moments. */
const maximalFileBytes = 1 << 30
const pickleExtensions = ['.pth', '.pt', '.pkl', '.bin', '.ckpt']

async function readBounded(handle: FileHandle, file: string): Promise<Uint8Array> {
  const facts = await handle.stat()
  const refuse = createRefuse(file)
  if (facts.size > maximalFileBytes)
    refuse(`it is ${facts.size} bytes long; weights of up to ${maximalFileBytes} are read`)
  return handle.readFile()
}

/** The bytes of a weights file of up to 1 GiB. Throws an AppError that names it and the reason. */
export async function loadWeightBytes(file: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined
  try {
    handle = await openRegularFile(file)
    return await readBounded(handle, file)
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  } finally {
    await handle?.close()
  }
}

function readSafetensorsWeights(bytes: Uint8Array, file: string, refuse: Refuse): WeightFile {
  try {
    return {
      format: 'safetensors',
      tensors: new Map(
        listSafetensors(bytes, file).map(({ name, type, shape, bytes: content }) => {
          const layout = { type, shape, offset: 0, strides: listRowMajorStrides(shape) }
          return [name, { type, shape, read: () => gatherFloat32(content, layout, refuse) }]
        }),
      ),
    }
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error)) throw error
    throw new AppError('INVALID_INPUT', `${error.message}.`, { details: { file }, cause: error })
  }
}

const isTar = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes.subarray(257, 262)) === 'ustar'

/** A header begins with a brace after its length. */
const isSafetensors = (bytes: Uint8Array): boolean => bytes.length > 8 && bytes[8] === 0x7b && bytes[7] === 0

/** Reads what a weights file declares, by its content rather than its name; values are read when they are asked for. */
export function parseWeightFile(bytes: Uint8Array, file: string, arch: NetworkSpec['arch']): WeightFile {
  const refuse = createRefuse(file)
  const extension = extname(file).toLowerCase()
  const standIn = findStandIn(bytes)
  if (standIn !== null) return refuse(`it is ${standIn.what}: ${standIn.advice}`)
  if (isZip(bytes)) return readZippedPth(bytes, refuse)
  if (extension === '.safetensors' || isSafetensors(bytes)) return readSafetensorsWeights(bytes, file, refuse)
  if (isTar(bytes))
    return refuse('it is in the tar format of PyTorch before 0.1.10; load it there and save it again')
  // Protocol 2 and later begin with the opcode PROTO; a model of ONNX begins with its version.
  if (bytes[0] === 0x80 || pickleExtensions.includes(extension)) return readLegacyPth(bytes, refuse)
  if (bytes[0] === 0x08 || extension === '.onnx') return readOnnxWeights(bytes, arch, refuse)
  return refuse('it is no weights file that Evenhand reads: safetensors, PyTorch (.pth, .pt) or ONNX')
}
