import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { openBlazeDetector } from '#engine/networks/faces/blaze-detector.ts'
import { openLandmarkNetwork } from '#engine/networks/faces/face-networks.ts'
import { findSubject } from '#engine/networks/faces/find-faces.ts'
import { describeNetwork, openAttributeNetwork } from './attribute-networks.ts'
import type { AskedImage, AskNetworkTask } from './attributes-task.ts'

type Opened = Pick<AskNetworkTask, 'network' | 'folder' | 'threads'>

const isSame = (a: Opened, b: Opened): boolean =>
  a.network === b.network && a.folder === b.folder && a.threads === b.threads

/** What finds faces, and the network that is asked about them. */
const slot = createOpenSlot({
  isSame,
  open: async ({ network: name, folder, threads }: Opened) => {
    const machine = { runtime: createOrtRuntime(), threads }
    await using opening = new AsyncDisposableStack()
    const network = opening.use(await openAttributeNetwork({ name, folder }, machine))
    const detector = opening.use(await openBlazeDetector(machine))
    const landmarks = opening.use(await openLandmarkNetwork(machine))
    return { network, detector, landmarks, opened: opening.move() }
  },
  close: ({ opened }) => opened.disposeAsync(),
})

/** Opens a network, which holds its answers against known ones. */
export function openNetwork({ network, folder, threads }: Opened) {
  return packOutcome(async () => {
    await slot.get({ network, folder, threads })
    return { sha256: describeNetwork(network).sha256 }
  })
}

/** What a network says of the main face of each file; one that cannot be read comes back with its reason. */
export function askNetwork({ network, folder, threads, codec, images }: AskNetworkTask) {
  return packOutcome(async () => {
    const eyes = await slot.get({ network, folder, threads })
    const answers: AskedImage[] = []
    for (const image of images) {
      const decoded = await tryDecodeImportedImage(image, codec)
      if ('refusal' in decoded) {
        answers.push({ outcome: 'notAsked', reason: decoded.refusal })
        continue
      }
      const { picture } = decoded
      const { faces, face, square } = await findSubject(picture, eyes)
      if (face === null || square === null) {
        answers.push({ outcome: 'undetected' })
        continue
      }
      const attributes = await eyes.network.answer({ picture, box: face.box, square })
      answers.push({ outcome: 'answered', ...attributes, faces: faces.faces.length })
    }
    return answers
  })
}
