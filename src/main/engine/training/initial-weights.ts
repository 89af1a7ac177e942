import { readFile } from 'node:fs/promises'
import { AppError } from '#shared/contract/errors.ts'
import { mapSystemError } from '#engine/kernel/system-error.ts'
import { readSafetensors } from '#engine/models/safetensors.ts'
import { initialiseNetwork } from './initialise-network.ts'
import type { NetworkSpec, StateDict } from './training-engine.ts'

async function readWeights(file: string): Promise<StateDict> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
  try {
    return readSafetensors(bytes, file).tensors
  } catch (error) {
    if (error instanceof Error) throw new AppError('INVALID_INPUT', `${error.message}.`, { cause: error })
    throw error
  }
}

/**
 * The weights a run starts from: random by its seed, or a safetensors file by torchvision's names. The file must
 * hold the whole backbone; heads are taken where name and shape fit, and stay random otherwise.
 * @throws AppError INVALID_INPUT naming the file and the first tensor that is missing or has another shape.
 */
export async function loadInitialWeights(
  network: NetworkSpec,
  init: string,
  seed: number,
): Promise<StateDict> {
  const random = initialiseNetwork(network, seed)
  if (init === 'random') return random
  const given = await readWeights(init)
  const weights = new Map(random)
  for (const [name, { shape }] of random) {
    const tensor = given.get(name)
    const fits = tensor?.shape.join() === shape.join()
    if (tensor !== undefined && fits) weights.set(name, tensor)
    else if (!name.startsWith('head.')) {
      const found = tensor === undefined ? 'has no such tensor' : `has [${tensor.shape.join(', ')}]`
      throw new AppError(
        'INVALID_INPUT',
        `${init} does not fit ${network.arch}: ${name} should be [${shape.join(', ')}], the file ${found}.`,
        { details: { file: init, tensor: name } },
      )
    }
  }
  return weights
}
