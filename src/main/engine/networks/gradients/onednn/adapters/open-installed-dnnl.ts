import type { Dnnl } from '#engine/networks/gradients/onednn/dnnl.ts'
import { requireOnednn, thisMachine } from '#engine/networks/gradients/onednn/find-onednn.ts'
import { openDnnl } from './open-dnnl.ts'

/**
 * The oneDNN of this machine, for the calling thread.
 * @throws AppError UNAVAILABLE with the reason where there is none that can be used.
 */
export const openInstalledDnnl = (threads: number): Dnnl => openDnnl(requireOnednn(thisMachine()), threads)
