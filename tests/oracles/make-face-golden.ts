/**
 * Writes golden/face-networks.json: what face-api's own networks answer on its own TensorFlow.js (processor backend) to
 * pictures made by a formula. `node tests/oracles/make-face-golden.ts`, about a minute.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFaceApi } from '../../bench/face-api.ts'
import { faceInputs } from './face-inputs.ts'

/** Of long answers every so many numbers are kept: a wrong layer shows in all of them. */
const keptOf = (values: Float32Array, kept: number) => {
  const step = Math.max(1, Math.floor(values.length / kept))
  return {
    count: values.length,
    step,
    values: Array.from(
      values.filter((_, at) => at % step === 0),
      (value) => Number(value.toPrecision(7)),
    ),
  }
}

const { tf, nets } = await openFaceApi()
const golden: Record<string, unknown> = {}
for (const [name, make] of Object.entries(faceInputs)) {
  const picture = (side: number) => tf.tensor3d(make(side), [side, side, 3])
  const cells = await nets.tinyFaceDetector.forward(picture(416), 416)
  golden[name] = {
    tinyCells: keptOf(tf.transpose(cells, [0, 3, 1, 2]).dataSync(), 400),
    landmarks: keptOf((await nets.faceLandmark68Net.forward(picture(112))).dataSync(), 136),
    descriptor: keptOf(await nets.faceRecognitionNet.computeFaceDescriptor(picture(150)), 128),
  }
}
writeFileSync(join(import.meta.dirname, 'golden', 'face-networks.json'), `${JSON.stringify(golden)}\n`)
