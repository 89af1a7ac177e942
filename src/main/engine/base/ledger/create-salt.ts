import { randomBytes } from 'node:crypto'

/** The salt of a line's private part: by chance and not by a seed, since whoever could draw it again could try contents. */
export const createSalt = (): string => randomBytes(32).toString('hex')
