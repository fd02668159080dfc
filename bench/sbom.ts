/** An SPDX 2.3 document of about so many bytes, shaped as syft writes them. */
export function spdx(bytes: number): { readonly text: string; readonly packages: number } {
  const packages: unknown[] = [];
  for (let size = 0; size < bytes; ) {
    const one = packageOf(packages.length);
    size += JSON.stringify(one).length + 1;
    packages.push(one);
  }
  const text = JSON.stringify({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'bench',
    documentNamespace: 'https://example.test/bench',
    creationInfo: { created: '2026-11-21T10:00:00Z', creators: ['Tool: bench'] },
    packages,
    relationships: [],
  });
  return { text, packages: packages.length };
}

const LICENCES = ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT OR Apache-2.0', '(MIT AND Zlib)', 'MPL-2.0'];

const packageOf = (index: number): unknown => ({
  name: `library-${index}`,
  SPDXID: `SPDXRef-Package-npm-library-${index}`,
  versionInfo: `${index % 9}.${index % 17}.${index % 23}`,
  supplier: 'NOASSERTION',
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  sourceInfo: `acquired package info from installed node module manifest file: /app/node_modules/library-${index}/package.json`,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: LICENCES[index % LICENCES.length],
  copyrightText: 'NOASSERTION',
  externalRefs: [
    {
      referenceCategory: 'PACKAGE-MANAGER',
      referenceType: 'purl',
      referenceLocator: `pkg:npm/library-${index}@${index % 9}.0.0`,
    },
  ],
});
