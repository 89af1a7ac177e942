import type { HeadLoss, HeadSpec, TrainBatch } from '#engine/networks/architecture/training-engine.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'

export interface LossTensor {
  readonly loss: Tensor
  /** Whether the batch has a label that counts. */
  readonly isLabelled: boolean
}

/** `sum targets[y] * -log p / sum weights[y]`; 0 where nothing is labelled. */
function computeCrossEntropy(
  tf: TensorLibrary,
  logits: Tensor,
  options: {
    loss: Extract<HeadLoss, { kind: 'cross-entropy' }>
    labels: Int32Array | undefined
    classes: number
  },
): LossTensor {
  const { loss, labels, classes } = options
  const [batch = 0] = logits.shape
  const rows = new Float32Array(batch * classes)
  let weight = 0
  labels?.forEach((label, index) => {
    if (label < 0) return
    rows.set(loss.targets.subarray(label * classes, (label + 1) * classes), index * classes)
    weight += loss.weights[label] ?? 0
  })
  if (weight === 0) rows.fill(0)
  const likelihood = tf.sum(tf.mul(tf.tensor(rows, [batch, classes]), tf.logSoftmax(logits)))
  return { loss: tf.mul(likelihood, weight === 0 ? 0 : -1 / weight), isLabelled: weight > 0 }
}

/** `[batch]` years from `[batch, classes]` numbers. */
function readYears(tf: TensorLibrary, numbers: Tensor, { classes, readOut }: HeadSpec): Tensor {
  const [batch = 0] = numbers.shape
  if (readOut !== 'expected-years') return tf.reshape(numbers, [batch])
  const years = tf.tensor(
    Float32Array.from({ length: classes }, (_, index) => index),
    [1, classes],
  )
  return tf.sum(tf.mul(tf.softmax(numbers), years), [1])
}

function computeYearsLoss(
  tf: TensorLibrary,
  predicted: Tensor,
  options: { loss: Exclude<HeadLoss, { kind: 'cross-entropy' }>; years: Float32Array | undefined },
): LossTensor {
  const { loss } = options
  const [batch = 0] = predicted.shape
  const years = options.years ?? new Float32Array(batch).fill(-1)
  const isKnown = Float32Array.from(years, (value) => (value < 0 ? 0 : 1))
  const known = isKnown.reduce((sum, value) => sum + value, 0)
  const difference = tf.mul(tf.sub(predicted, tf.tensor(years, [batch])), tf.tensor(isKnown, [batch]))
  // The sign counts as a constant: at 0 the slope is 0, as in PyTorch, where TensorFlow.js gives `abs` -1.
  const distance = tf.mul(difference, tf.sign(difference))
  const measure = (): Tensor => {
    switch (loss.kind) {
      case 'l1':
        return distance
      case 'l2':
        return tf.square(difference)
      case 'huber': {
        // With q = min(|d|, delta) both branches are q * (|d| - q / 2).
        const inner = tf.minimum(distance, loss.delta)
        return tf.mul(inner, tf.sub(distance, tf.mul(inner, 0.5)))
      }
      default:
        return loss satisfies never
    }
  }
  return { loss: tf.mul(tf.sum(measure()), known === 0 ? 0 : 1 / known), isLabelled: known > 0 }
}

/** Whether a head's loss is measured in years, where the learned uncertainty halves it. */
export const isInYears = (loss: HeadLoss): boolean => loss.kind !== 'cross-entropy'

/** A head's loss as {@link HeadLoss} defines it, a scalar. */
export function computeHeadLoss(
  tf: TensorLibrary,
  numbers: Tensor,
  options: { head: HeadSpec; loss: HeadLoss; batch: TrainBatch },
): LossTensor {
  const { head, loss, batch } = options
  if (loss.kind === 'cross-entropy') {
    const { classes, task } = head
    return computeCrossEntropy(tf, numbers, { loss, classes, labels: batch.labels.get(task) })
  }
  return computeYearsLoss(tf, readYears(tf, numbers, head), { loss, years: batch.years })
}
