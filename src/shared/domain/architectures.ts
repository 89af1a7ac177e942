/** What a model can be made of. */
export const architectures = ['resnet18', 'resnet34', 'face-probe'] as const
export type Architecture = (typeof architectures)[number]

/** Networks that learn from pixels. */
export type TrainedBackbone = Exclude<Architecture, 'face-probe'>

export const architectureNames: Readonly<Record<Architecture, string>> = {
  resnet18: 'ResNet-18',
  resnet34: 'ResNet-34',
  'face-probe': 'Probe on face descriptors',
}

/** Side in pixels of the aligned face that the descriptor network sees. */
export const faceSide = 150

export const isBackbone = (arch: Architecture): arch is TrainedBackbone => arch !== 'face-probe'
