import { workerData } from 'node:worker_threads'
import { bridgeTensorFlow } from '#engine/networks/gradients/tensorflow/bridge-tensorflow.ts'
import { bridgeStart } from '#engine/networks/gradients/tensorflow/tensorflow-protocol.ts'

bridgeTensorFlow(bridgeStart.parse(workerData))
