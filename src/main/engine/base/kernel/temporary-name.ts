import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'

/**
 * A name beside a file for what will take its place; nobody lists it, and it is short whatever the file is called, since a name as
 * long as the system allows leaves no room for more.
 */
export const nameTemporary = (path: string): string => join(dirname(path), `.evenhand-${randomUUID()}.tmp`)
