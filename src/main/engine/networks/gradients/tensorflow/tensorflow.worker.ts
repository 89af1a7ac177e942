import { serveTensorFlow } from '#engine/networks/gradients/tensorflow/serve-tensorflow.ts'

serveTensorFlow()
