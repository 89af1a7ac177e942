import type { ComputeId, DeviceMeasurement } from '#shared/contract/system.contract.ts'

export const deviceNames = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
  onednn: 'oneDNN',
  tensorflow: 'TensorFlow',
} as const satisfies Record<ComputeId, string>

/** What to do where a device is not available. */
export const remedies = {
  cpu: 'Reinstall Evenhand: the library that computes is damaged.',
  webgpu:
    'Install the driver of the graphics processor (on Linux its Vulkan driver), start Evenhand again and test again.',
  cuda: "CUDA needs NVIDIA's driver and ONNX Runtime's CUDA libraries, which are not installed by themselves: see docs/guides/gpu.md.",
  dml: 'DirectML needs Windows 10 or later and a driver for DirectX 12. Update the driver and test again.',
  coreml: 'CoreML needs macOS 13 or later.',
  onednn: 'Without it trainings on the CPU use ONNX Runtime.',
  tensorflow: 'TensorFlow is optional: see docs/guides/tensorflow.md for how to install it.',
} as const satisfies Record<ComputeId, string>

/** Largest relative differences from the CPU with which a device is offered; reduced precision stays within them. */
export const tolerances = { loss: 1e-3, gradients: 1e-2 } as const

/** What is wrong with what a device computed; null where nothing is. */
export function findFault({
  parity,
  operators,
}: Pick<DeviceMeasurement, 'parity' | 'operators'>): string | null {
  if (operators !== null && operators.onDevice === 0)
    return 'it left every operator to the CPU, so it would compute nothing'
  if (parity === null) return null
  for (const kind of ['loss', 'gradients'] as const) {
    if (!(parity[kind] <= tolerances[kind]))
      return `its ${kind} of one step ${kind === 'loss' ? 'differs' : 'differ'} from the CPU's by ${parity[kind].toExponential(1)} (relative), more than ${tolerances[kind]}`
  }
  return null
}

/** The first line of what a library says, without the place in its source. */
export function shortenDetail(detail: string): string {
  const [line = ''] = detail.trim().split('\n')
  const told = line.replace(/^.*Status Message: /, '').replace(/^\S+\.(cc|cpp|h):\d+ (.* was false\. )?/, '')
  return told.length <= 300 ? told : `${told.slice(0, 299)}…`
}
