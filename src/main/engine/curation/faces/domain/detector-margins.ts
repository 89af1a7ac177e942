/** Black margin around the picture before detection, as a share of its longer side; measured on tight crops of faces. */
export const detectorMargins = { ssd: 0.75, tiny: 1, file: 0.25 } as const
