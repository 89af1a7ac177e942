import { serveTensorFlow } from '#engine/training/tensorflow/serve-tensorflow.ts'

serveTensorFlow()
