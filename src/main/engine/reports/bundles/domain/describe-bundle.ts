import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { unborne, unborneUnopened } from './unborne.ts'

/** What lies in a bundle and how to check it, for whoever opens it without Evenhand. */
export const describeBundle = ({ subject }: ReportDocument): string => `# Audit bundle

The fairness report of evaluation ${subject.evaluationId}, with all that its figures can be computed from. There are no pictures in it, and no names of
files: an image is a number and the SHA-256 of its file. Who used the project stands in it by name: see ledger.json before you hand it on.

    evenhand verify FILE.zip        recomputes hashes and figures, line by line; exit code 4 where one does not hold
    python3 verify.py FILE.zip      hashes and figures without Evenhand, with Python 3.9 or later alone

Both say what they did not look at. A program that comes with what it is to check is to be trusted as little as that: take verify.py from somebody you trust, or let
evenhand verify hold it against its own.

| part | holds |
| --- | --- |
| report.json | the report: canonical JSON (sorted keys, no spaces), as schemas/report.schema.json says |
| report.html, report.pdf, tables/ | drawn of report.json alone |
| predictions.csv | one line an image of the ${subject.part} part: number, SHA-256 of the file, number of the person or set of copies, labels of the split, then for each task label, answer, years and the probability of each label (nine digits, which tell every float32 apart) |
| members.csv | every image of the split by its hash, its part, and the number of its person or set of copies |
| systems.json | stored answers of other systems about these images |
| ledger.json | the lines of the ledger up to the head in the report; names of folders and files stand as a digest. Each line tells who did it (the name of the settings, or of the login) and when |
| certificate.json | the leakage certificate of the split as it was sealed, where there is one |
| manifest.json | every part with its size and SHA-256 |
| signer.pem, attestations/, model.sig | where the bundle is signed: the public key, the evaluation as an in-toto test result, and the signature over every other part |

The zip file is stored without compression, with one date for all parts, so that the same records give the same bytes.

## Signature

model.sig has the form of OpenSSF Model Signing 1.0: a Sigstore bundle (no log, key by the SHA-256 of its PEM) with a DSSE envelope over an in-toto statement that lists every
other part by its SHA-256. It was made after that specification, and is held against Sigstore's own verifier and openssl.
The test result names the model by the hash in the report. Whoever rewrites a bundle can sign it with a key of their own: ask the
signer for the fingerprint of the key.

## Hashes

- A line of a ledger: SHA-256 of {"ledger", "open", "position", "previous", "sealed", "version": 1} as canonical JSON. previous is the hash of the line before,
  64 zeros for the first.
- The answers (subject.predictionsSha256): SHA-256 over one line of JSON for each task (age, gender, race) and image in the order of their numbers:
  [task, image, index of the label or null, index of the answer, years or null, probabilities as hexadecimal little-endian float32], each with a line feed. The ledger
  holds this hash in its line of kind "evaluated".
- The opening of a test part is a line of kind "unsealed", and its words (why, and the names of model and split) are the content of that line's private part, whose
  digest is SHA-256 of {"private", "salt"} as canonical JSON.
- No record in the bundle bears out: ${unborne.join('; ')}. Of a part that was not opened on record also: ${unborneUnopened.join('; ')}. What has become of the
  certificate since it was sealed (verdicts on pairs, what was measured later), and what the ledger holds after its last line here, is in no part. Page, tables, this
  file and verify.py can be drawn again by the version alone that made them. Whoever verifies is told of each.
- A bundle that was made anew from end to end is consistent with itself. Against that stands what others keep: the hash of a line of the ledger
  (evenhand ledger head), and the hashes of model and split.
`
