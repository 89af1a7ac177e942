import { workerData } from 'node:worker_threads'
import { bridgeTensorFlow } from '#engine/training/tensorflow/bridge-tensorflow.ts'
import { bridgeStart } from '#engine/training/tensorflow/tensorflow-protocol.ts'

bridgeTensorFlow(bridgeStart.parse(workerData))
