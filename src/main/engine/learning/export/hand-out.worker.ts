import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { task } from '#shared/contract/base.contract.ts'
import { namedPurpose } from '#shared/contract/purpose.contract.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'
import { prepareHandOut } from '#engine/networks/onnx-file/hand-out.ts'

const handOutTask = z.object({
  source: z.string(),
  target: z.string(),
  purpose: namedPurpose.nullable(),
  guarded: z.array(task),
  withheld: z.array(task),
})
export type HandOutTask = z.infer<typeof handOutTask>

await serveWorkerRun(handOutTask, async ({ source, target, ...content }) => {
  await writeFileAtomically(target, prepareHandOut(await readFile(source), content))
  return null
})
