import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findEvidence } from '../../../src/files/evidence.ts';

/** Documents that other people's programs wrote. */
const DOCUMENTS = resolve(import.meta.dirname, '../../fixtures/documents');

describe('the type of documents of other programs', () => {
  it.each([
    ['cyclonedx/syft-1.4.json', 'application/vnd.cyclonedx+json'],
    ['cyclonedx/npm-1.5.json', 'application/vnd.cyclonedx+json'],
    ['cyclonedx/cyclonedx-npm-1.6.json', 'application/vnd.cyclonedx+json'],
    ['cyclonedx/syft-1.7.json', 'application/vnd.cyclonedx+json'],
    ['cyclonedx/syft-1.6.xml', 'application/vnd.cyclonedx+xml'],
    ['spdx/syft-2.2.json', 'application/spdx+json'],
    ['spdx/npm-2.3.json', 'application/spdx+json'],
    ['spdx/syft-3.0.json', 'application/spdx+json'],
    ['spdx/syft-2.3.spdx', 'text/spdx'],
    ['sarif/grype-2.1.0.json', 'application/sarif+json'],
    ['openvex/go-vex-0.2.0.json', 'application/vnd.openvex+json'],
    ['grype/grype.json', 'application/vnd.anchore.grype+json'],
    ['in-toto/buildkit-v1.json', 'application/vnd.in-toto+json'],
    ['in-toto/cosign-v0.1.json', 'application/vnd.in-toto+json'],
    ['dsse/envelope.json', 'application/vnd.dsse.envelope.v1+json'],
    ['dsse/envelopes.intoto.jsonl', 'application/vnd.dsse.envelope.v1+jsonl'],
    ['sigstore/cosign-v0.3.json', 'application/vnd.dev.sigstore.bundle.v0.3+json'],
  ])('of %s is told', async (path, mediaType) => {
    const { files, error } = await findEvidence([join(DOCUMENTS, path)], new AbortController().signal);
    expect(error).toBeUndefined();
    expect(files.map((file) => file.descriptor.mediaType)).toEqual([mediaType]);
  });
});
