/** Black margin around the picture before detection, as a share of its longer side; measured on tight crops of faces. */
export const detectorMargins = { ssd: 0.5, tiny: 0.5, file: 0.5 } as const
