import { AppError } from '#shared/contract/errors.ts'
import type { ElementType, LibraryFacts } from './dnnl.ts'

/** As runs record it. */
export const nameLibrary = ({ version }: Pick<LibraryFacts, 'version'>): string => `oneDNN ${version}`

/**
 * A run is planned, queued and resumed at different times, and the library may have changed in between.
 * @param recorded What the run's record names; left out where there is no run.
 * @throws AppError PRECONDITION where the record would not be true of what computes.
 */
export function checkLibrary(
  facts: LibraryFacts,
  { arithmetic, recorded }: { arithmetic: ElementType; recorded: string | undefined },
): void {
  const found = nameLibrary(facts)
  if (recorded !== undefined && recorded !== found) {
    throw new AppError(
      'PRECONDITION',
      `This run records that ${recorded} computes it, and here is ${found} now, at ${facts.path}. Install ${recorded} again, or name its folder in EVENHAND_ONEDNN, and resume the run; or start a new one.`,
      { details: { recorded, found } },
    )
  }
  if (arithmetic === 'bf16' && !facts.hasBf16) {
    throw new AppError(
      'PRECONDITION',
      `This run computes in bf16, which ${found} does not have on this processor (${facts.instructions}). Resume it where it has, or start a new one in float32.`,
      { details: { arithmetic, found } },
    )
  }
}
