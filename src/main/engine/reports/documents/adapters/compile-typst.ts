import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler'
import type { TypstSource } from '../domain/render-typst.ts'

/**
 * A tagged PDF by the rules of PDF/UA-1: the same bytes for the same source, with Typst's own fonts. Everything that it reads is
 * given in memory.
 * @throws Error with what Typst says of a source that it does not take
 */
export function compileTypst({ main, figures }: Pick<TypstSource, 'main' | 'figures'>): Uint8Array {
  // A folder that is not there: nothing of the disk can be named by a document.
  const workspace = join(tmpdir(), 'evenhand-report-has-no-files')
  const compiler = NodeCompiler.create({ workspace })
  for (const { path, svg } of figures) compiler.mapShadow(join(workspace, path), Buffer.from(svg))
  const compiled = compiler.compile({ mainFileContent: main })
  const document = compiled.result
  if (document === null) {
    throw new Error(
      `Typst did not take the report: ${JSON.stringify(compiled.takeDiagnostics()?.shortDiagnostics)}`,
    )
  }
  return compiler.pdf(document, { pdfStandard: 'ua-1' })
}
