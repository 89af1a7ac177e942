/** Milliseconds since the epoch. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** ISO 8601 in UTC, as every stored and sent time. */
export const formatTimestamp = (epochMs: number): string => new Date(epochMs).toISOString()
