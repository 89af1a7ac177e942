import { applyHead } from '#engine/learning/training/domain/fit-probe.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import type { HeadSpec, Predictions, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { ImageNetwork } from '#engine/networks/faces/image-network.ts'
import { buildRecognitionNetwork } from '#engine/networks/faces/recognition-network.ts'
import { readNetworkWeights } from '#engine/networks/faces/weight-files.ts'

/** What parity measures an exported file against. */
export interface Trainer {
  predictAsTrained(images: Uint8Array, count: number): Promise<Predictions>
  dispose(): Promise<void>
}

/** The descriptor network as a scan runs it, and the heads in float64 as they were fitted. */
export async function openProbeTrainer(
  weights: StateDict,
  heads: readonly HeadSpec[],
  machine: { readonly runtime: InferenceRuntime; readonly threads: number },
): Promise<Trainer> {
  const network = await ImageNetwork.open(
    buildRecognitionNetwork(await readNetworkWeights('face_recognition')),
    machine,
  )
  const find = (name: string) => {
    const tensor = weights.get(name)
    if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
    return tensor
  }
  return {
    async predictAsTrained(images, count) {
      const length = images.length / count
      const faces = Array.from({ length: count }, (_, at) =>
        Float32Array.from(images.subarray(at * length, (at + 1) * length)),
      )
      const { descriptor: embedding } = await network.run(faces, ['descriptor'])
      const answer = ({ task }: HeadSpec) => {
        const head = { weight: find(`head.${task}.weight`), bias: find(`head.${task}.bias`) }
        return [task, applyHead(head, embedding)] as const
      }
      return { embedding, logits: new Map(heads.map(answer)) }
    },
    dispose: async () => network[Symbol.asyncDispose](),
  }
}
