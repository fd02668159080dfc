/**
 * The schemas that come with Verdict, by the document type for which the configuration may say `starter`: paths below
 * `schemas/`, without `.schema.json`. They ask for what policies read and leave the rest open.
 */
export const STARTER_SCHEMAS: ReadonlyMap<string, string> = new Map([
  ['application/spdx+json', 'documents/spdx-2.3'],
  // As `cosign attach sbom` writes it.
  ['text/spdx+json', 'documents/spdx-2.3'],
  ['https://spdx.dev/Document', 'documents/spdx-2.3'],
  ['https://spdx.dev/Document/v2.2', 'documents/spdx-2.3'],
  ['https://spdx.dev/Document/v2.3', 'documents/spdx-2.3'],
  ['application/vnd.cyclonedx+json', 'documents/cyclonedx-1'],
  ['https://cyclonedx.org/bom', 'documents/cyclonedx-1'],
  ['https://cyclonedx.org/bom/v1.4', 'documents/cyclonedx-1'],
  ['https://cyclonedx.org/bom/v1.5', 'documents/cyclonedx-1'],
  ['https://cyclonedx.org/bom/v1.6', 'documents/cyclonedx-1'],
  ['https://cyclonedx.org/bom/v1.7', 'documents/cyclonedx-1'],
  ['https://cyclonedx.org/schema', 'documents/cyclonedx-1'],
  ['https://slsa.dev/provenance/v0.2', 'documents/slsa-provenance-v0.2'],
  ['https://slsa.dev/provenance/v1', 'documents/slsa-provenance-v1'],
  ['application/sarif+json', 'documents/sarif-2.1.0'],
  ['application/vnd.openvex+json', 'documents/openvex-0.2.0'],
  ['https://openvex.dev/ns', 'documents/openvex-0.2.0'],
  ['https://openvex.dev/ns/v0.2.0', 'documents/openvex-0.2.0'],
]);
