import { AppError } from '#shared/contract/errors.ts'

/** A part of the window that is fetched when it is first needed did not arrive. */
export class PartError extends AppError {
  constructor(cause: unknown) {
    super(
      'UNAVAILABLE',
      'A part of the window could not be loaded. Reload the window; work that is running goes on. If it fails again, start Evenhand again.',
      { cause, details: { cause: cause instanceof Error ? cause.message : String(cause) } },
    )
  }
}

/** @throws PartError where the part cannot be fetched. */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load()
  } catch (error) {
    throw new PartError(error)
  }
}
