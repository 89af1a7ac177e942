/**
 * Names of the graphs' inputs and outputs, and of what is stored beside the weights; parameters and running statistics go
 * in under their own names.
 */
export const graphNames = {
  images: 'images',
  labels: (task: string): string => `labels/${task}`,
  years: 'years',
  lossWeight: (task: string): string => `loss_weight/${task}`,
  firstMoment: (name: string): string => `m/${name}`,
  secondMoment: (name: string): string => `v/${name}`,
  average: (name: string): string => `ema/${name}`,
  next: (name: string): string => `next/${name}`,
  gradient: (name: string): string => `gradient/${name}`,
  loss: (task: string): string => `loss/${task}`,
  lossFactor: (task: string): string => `loss_factor/${task}`,
  totalLoss: 'total_loss',
  embedding: 'embedding',
  logits: (task: string): string => `logits/${task}`,
} as const
