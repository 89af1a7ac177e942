/** `node tests/oracles/write-initial-weights.ts ARCH SEED OUT`: our seeded initial weights, for PyTorch to start from. */
import { writeFileSync } from 'node:fs'
import { writeSafetensors } from '#engine/models/safetensors.ts'
import { initialiseNetwork } from '#engine/training/initialise-network.ts'

const [arch, seed, out] = process.argv.slice(2)
if ((arch !== 'resnet18' && arch !== 'resnet34') || seed === undefined || out === undefined)
  throw new Error('usage: write-initial-weights.ts resnet18|resnet34 SEED OUT')
const heads = [
  { task: 'age', classes: 9 },
  { task: 'gender', classes: 2 },
  { task: 'race', classes: 7 },
] as const
writeFileSync(out, writeSafetensors(initialiseNetwork({ arch, inputSize: 64, heads }, Number(seed))))
