import { createRequire } from 'node:module'
import { sep } from 'node:path'
import { expect, it } from 'vitest'
import { createTrainingEngine } from '#engine/networks/gradients/create-training-engine.ts'

const { cache } = createRequire(import.meta.url)
const isKoffiLoaded = (): boolean => Object.keys(cache).some((file) => file.includes(`${sep}koffi${sep}`))

it('nothing loads koffi before oneDNN is opened, so that a platform without its binary trains by ONNX Runtime', async () => {
  const workers = { locate: (name: string) => new URL(`file:///${name}`) }
  expect(createTrainingEngine({ engine: 'onnx', device: 'cpu' }, workers).name).toBe('onnx')
  expect(isKoffiLoaded()).toBe(false)
  const { openDnnl } = await import('#engine/networks/gradients/onednn/adapters/open-dnnl.ts')
  expect(() => openDnnl('/nowhere/libdnnl.so.2', 1)).toThrow(/could not be loaded/)
  expect(isKoffiLoaded()).toBe(true)
})
