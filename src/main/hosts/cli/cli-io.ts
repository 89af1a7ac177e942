export interface TextSink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Where a command reads its surroundings and writes its words; the process itself, or a test's stand-in. */
export interface CliIo {
  /** The result and nothing else. */
  readonly stdout: TextSink
  /** Progress, notes and errors. */
  readonly stderr: TextSink
  readonly workingFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
}
