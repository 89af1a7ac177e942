import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { mapTask } from '#engine/curation/map/map-task.ts'
import { runMap } from '#engine/curation/map/run-map.ts'
import { openVectorSource } from '#engine/curation/vectors/vector-source.ts'

/** Lays the images of an embedding space out in two dimensions. */
await serveCatalogueRead(mapTask, (task, db, context) =>
  runMap(task, { vectors: openVectorSource(db), ...context }),
)
