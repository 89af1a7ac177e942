/**
 * `node tests/oracles/write-initial-weights.ts ARCH SEED OUT [class|years|expected-years]`: our seeded initial weights, for
 * PyTorch to start from.
 */
import { writeFileSync } from 'node:fs'
import { writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'

const [arch, seed, out, readOut = 'class'] = process.argv.slice(2)
const ageClasses: Readonly<Record<string, number>> = { class: 9, years: 1, 'expected-years': 101 }
const classes = ageClasses[readOut]
if ((arch !== 'resnet18' && arch !== 'resnet34') || seed === undefined || out === undefined)
  throw new Error('usage: write-initial-weights.ts resnet18|resnet34 SEED OUT [READ-OUT]')
if (classes === undefined || (readOut !== 'class' && readOut !== 'years' && readOut !== 'expected-years'))
  throw new Error(`the read-out is class, years or expected-years, not ${readOut}`)
const heads = [
  { task: 'age', classes, readOut },
  { task: 'gender', classes: 2 },
  { task: 'race', classes: 7 },
] as const
writeFileSync(out, writeSafetensors(initialiseNetwork({ arch, inputSize: 64, heads }, Number(seed))))
