import type * as z from 'zod'
import { serveWorkerRun, type WorkerContext } from '#engine/base/threads/worker-run.ts'
import type { Db } from './db.ts'
import { openReader } from './open-reader.ts'

/** One connection for each read: what it sees is what was last written, and nothing stays open in an idle thread. */
export async function readCatalogue<Value>(
  file: string,
  work: (db: Db) => Value | Promise<Value>,
): Promise<Value> {
  const db = openReader(file)
  try {
    return await work(db)
  } finally {
    db.close()
  }
}

/** The whole of a dedicated worker's entry that reads the catalogue which its task names. */
export function serveCatalogueRead<Task extends { readonly catalogue: string }>(
  task: z.ZodType<Task>,
  work: (task: Task, db: Db, context: WorkerContext) => unknown,
): Promise<void> {
  return serveWorkerRun(task, (input, context) =>
    readCatalogue(input.catalogue, (db) => work(input, db, context)),
  )
}
