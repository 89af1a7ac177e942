import { AppError } from '#shared/contract/errors.ts'
import type { Dnnl } from '#engine/networks/gradients/onednn/dnnl.ts'
import { describeAbsence, findOnednn, thisMachine } from '#engine/networks/gradients/onednn/find-onednn.ts'
import { openDnnl } from './open-dnnl.ts'

/**
 * The oneDNN of this machine, for the calling thread.
 * @throws AppError UNAVAILABLE with the reason where there is none that can be used.
 */
export function openInstalledDnnl(threads: number): Dnnl {
  const machine = thisMachine()
  const path = findOnednn(machine)
  if (path === null) {
    throw new AppError(
      'UNAVAILABLE',
      `${describeAbsence(machine)}. docs/guides/onednn.md says how to install it.`,
    )
  }
  return openDnnl(path, threads)
}
