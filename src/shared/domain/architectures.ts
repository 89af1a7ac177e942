/** What a model can be made of. */
export const architectures = ['resnet18', 'resnet34', 'face-resnet', 'face-probe'] as const
export type Architecture = (typeof architectures)[number]

/** Networks that learn from pixels. */
export type TrainedBackbone = Exclude<Architecture, 'face-probe'>

export const architectureNames: Readonly<Record<Architecture, string>> = {
  resnet18: 'ResNet-18',
  resnet34: 'ResNet-34',
  'face-resnet': 'Face ResNet',
  'face-probe': 'Probe on face descriptors',
}

/** Side in pixels of the aligned face that the face recognition network sees. */
export const faceSide = 150

/** Numbers per image that the heads read. */
export const embeddingSizes: Readonly<Record<Architecture, number>> = {
  resnet18: 512,
  resnet34: 512,
  'face-resnet': 128,
  'face-probe': 128,
}

export const isBackbone = (arch: Architecture): arch is TrainedBackbone => arch !== 'face-probe'

/** Whether the network is shown the aligned main face instead of the whole picture. */
export const seesFaces = (arch: Architecture): arch is 'face-resnet' | 'face-probe' =>
  arch === 'face-resnet' || arch === 'face-probe'

/** What of a network a training moves; the heads always. The last stage is that of a ResNet's `layer4`. */
export const trainableParts = ['all', 'last-stage', 'heads'] as const
export type TrainablePart = (typeof trainableParts)[number]

/** What stands for the weights that come with this version where a run says what it started from. */
export const bundledInit = 'bundled'
