/**
 * Scanning and reading documents beside JSON.parse: SPDX of 1, 10 and 50 MB as syft writes it, raw, as a predicate in a
 * DSSE envelope, and packed. `node bench/documents.ts` prints milliseconds, the best of several runs.
 */
import { gzipSync } from 'node:zlib';
import { newBudget } from '../src/budget.ts';
import { descriptor, digestOf } from '../src/descriptor.ts';
import { scanJson } from '../src/json.ts';
import type { Exhibit } from '../src/verifier.ts';
import { createJsonVerifier } from '../src/verifiers/json/verifier.ts';

const SUBJECT = `sha256:${'a'.repeat(64)}`;
const MEGABYTE = 1_000_000;

/** An SPDX document of about as many bytes. */
function spdx(bytes: number): string {
  const packages: object[] = [];
  const relationships: object[] = [];
  for (let size = 0, n = 0; size < bytes; n++) {
    const id = `SPDXRef-Package-npm-package-${n}-${digestOf(Buffer.from(`${n}`)).slice(7, 23)}`;
    packages.push({
      name: `package-${n}`,
      SPDXID: id,
      versionInfo: `1.${n % 100}.0`,
      supplier: 'NOASSERTION',
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      sourceInfo: 'acquired package info from installed node module manifest file: /app/package-lock.json',
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'MIT',
      copyrightText: 'NOASSERTION',
      externalRefs: [
        {
          referenceCategory: 'SECURITY',
          referenceType: 'cpe23Type',
          referenceLocator: `cpe:2.3:a:package-${n}:package-${n}:1.${n % 100}.0:*:*:*:*:*:*:*`,
        },
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: `pkg:npm/package-${n}@1.${n % 100}.0`,
        },
      ],
    });
    relationships.push({ spdxElementId: 'SPDXRef-DOCUMENT', relatedSpdxElement: id, relationshipType: 'CONTAINS' });
    size += JSON.stringify(packages.at(-1)).length + JSON.stringify(relationships.at(-1)).length + 2;
  }
  return JSON.stringify({ spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', packages, relationships });
}

function inEnvelope(predicate: string): Uint8Array {
  const subject = JSON.stringify([{ name: 'app', digest: { sha256: SUBJECT.slice(7) } }]);
  const header = `"_type":"https://in-toto.io/Statement/v1","predicateType":"https://spdx.dev/Document","subject":${subject}`;
  const payload = Buffer.from(`{${header},"predicate":${predicate}}`).toString('base64');
  return Buffer.from(
    JSON.stringify({ payload, payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: '' }] }),
  );
}

function exhibit(content: Uint8Array): Exhibit {
  const layer = descriptor('application/spdx+json', digestOf(content), content.byteLength);
  return {
    descriptor: descriptor('application/vnd.oci.image.manifest.v1+json', SUBJECT, 1),
    layers: [layer],
    subject: descriptor('application/vnd.oci.image.manifest.v1+json', SUBJECT, 1),
    repository: '',
    budget: newBudget(),
    signal: new AbortController().signal,
    about: new Map([[SUBJECT, SUBJECT]]),
    fetch: async () => content,
    fetchSubject: async () => content,
  };
}

async function best(runs: number, work: () => unknown): Promise<string> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    least = Math.min(least, performance.now() - start);
  }
  return `${least.toFixed(1)} ms`;
}

const verifier = createJsonVerifier({ name: 'json', schemas: new Map() });
const verify = (content: Uint8Array) => () => verifier.verify(exhibit(content), new Date(0));

const rows: Record<string, Record<string, string>> = {};
for (const size of [1, 10, 50]) {
  const text = spdx(size * MEGABYTE);
  const bytes = Buffer.from(text);
  const runs = size > 10 ? 5 : 15;
  rows[`${size} MB`] = {
    'JSON.parse': await best(runs, () => JSON.parse(bytes.toString('utf8'))),
    scanJson: await best(runs, () => scanJson(bytes)),
    'verifier, raw': await best(runs, verify(bytes)),
    'verifier, in an envelope': await best(runs, verify(inEnvelope(text))),
    'verifier, gzip': await best(runs, verify(gzipSync(bytes))),
  };
}
console.table(rows);
