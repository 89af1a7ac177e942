import { create, toBinary } from '@bufbuild/protobuf'
import * as z from 'zod'
import { namedPurpose, type NamedPurpose } from '#shared/contract/purpose.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { ModelProtoSchema, StringStringEntryProtoSchema } from './gen/onnx_pb.js'
import { foldNorms } from './fold-norms.ts'
import { decodeModel } from './graph-builder.ts'

/** What a file that was handed out says of the tasks that want a purpose. */
export const purposeKey = 'evenhand.purpose'
export const guardedKey = 'evenhand.guarded_tasks'
const withheldKey = 'evenhand.withheld_tasks'

const labelsKey = 'evenhand.labels'

/** Under which purpose a file was handed out; null where it says nothing of one that can be read. */
export function readFilePurpose(text: string | undefined): NamedPurpose | null {
  if (text === undefined) return null
  try {
    return namedPurpose.parse(JSON.parse(text))
  } catch {
    // Whatever it says, it is no purpose.
    return null
  }
}

interface HandOut {
  readonly purpose: NamedPurpose | null
  readonly guarded: readonly Task[]
  /** Heads that the file is to go without. */
  readonly withheld: readonly Task[]
}

/**
 * A model file without the heads that are withheld, with its batch normalisations folded, and with the purpose in its metadata
 * where any of its tasks wants one.
 */
export function prepareHandOut(bytes: Uint8Array, { purpose, guarded, withheld }: HandOut): Uint8Array {
  const model = decodeModel(bytes)
  const { graph } = model
  if (graph !== undefined && withheld.length > 0) {
    const isWithheld = (name: string): boolean => withheld.some((task) => task === name)
    graph.output = graph.output.filter(({ name }) => !isWithheld(name))
    graph.node = graph.node.filter(({ output }) => !output.some(isWithheld))
    const weights = withheld.map((task) => `head.${task}.`)
    graph.initializer = graph.initializer.filter(
      ({ name }) => !weights.some((start) => name.startsWith(start)),
    )
  }
  // Models of earlier versions keep theirs.
  foldNorms(model)
  if (guarded.length === 0) return toBinary(ModelProtoSchema, model)
  const metadata = new Map(model.metadataProps.map(({ key, value }) => [key, value]))
  const labels = z.record(z.string(), z.unknown()).parse(JSON.parse(metadata.get(labelsKey) ?? '{}'))
  for (const task of withheld) delete labels[task]
  metadata.set(labelsKey, JSON.stringify(labels))
  metadata.set(guardedKey, JSON.stringify(guarded))
  if (purpose !== null) metadata.set(purposeKey, JSON.stringify(purpose))
  if (withheld.length > 0) metadata.set(withheldKey, JSON.stringify(withheld))
  model.metadataProps = [...metadata].map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  )
  return toBinary(ModelProtoSchema, model)
}
