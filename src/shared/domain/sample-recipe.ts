/** Portraits of a sample: enough that each of its groups has an estimate in the validation part. */
export const samplePortraits = 1500

/** Parts of a sample's split: each group of the validation part then has the 30 images that an estimate wants. */
export const sampleRatios = { train: 0.55, val: 0.35, test: 0.1 } as const
