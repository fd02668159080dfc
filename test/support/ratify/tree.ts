import { digestOf } from '../../../src/descriptor.ts';
import type { Artifact, Evidence } from '../../../src/generated/evidence.ts';
import { report } from '../../../src/report.ts';

/** An artifact of Ratify's tree, in few words. */
export interface Node {
  readonly artifactType: string;
  readonly reports?: readonly NodeReport[];
  readonly nested?: readonly Node[];
}

export interface NodeReport {
  /** Name and type of the verifier. */
  readonly by: string;
  readonly isSuccess: boolean;
  readonly extensions?: unknown;
}

/** Ratify's `input`, and an evidence with a configuration that the adapter must make it of. */
export interface Exhibit {
  readonly tree: { readonly verifierReports: readonly unknown[] };
  readonly evidence: Evidence;
  readonly config: unknown;
}

const digest = (text: string): string => digestOf(new TextEncoder().encode(text));
const SUBJECT = digest('the image');
const REPOSITORY = 'registry.example/acme/app';
const REFERENCE = `${REPOSITORY}:1.4`;
const TIME = '2026-11-21T10:00:00.000Z';

/** A tree as Ratify gives it to its policies. */
export function treeOf(nodes: readonly Node[], subject = REFERENCE, path = ''): readonly unknown[] {
  return placed(nodes, path).map(({ node, place }) => ({
    subject,
    referenceDigest: digest(place),
    artifactType: node.artifactType,
    verifierReports: (node.reports ?? []).map(said).map(({ name, type, ...rest }) => ({
      ...rest,
      name,
      verifierName: name,
      type,
      verifierType: type,
    })),
    nestedReports: treeOf(node.nested ?? [], `${REPOSITORY}@${digest(place)}`, place),
  }));
}

/** Reports are answers of plugins, which the adapter hands on as they are. */
export function exhibitOf(nodes: readonly Node[]): Exhibit {
  const all = flat(nodes, SUBJECT, '', 1);
  const verifiers = [...new Set(all.flatMap(({ node }) => (node.reports ?? []).map(({ by }) => by)))];
  return {
    tree: { verifierReports: treeOf(nodes) },
    evidence: {
      version: '1',
      complete: true,
      subject: {
        reference: `${REPOSITORY}@${SUBJECT}`,
        requested: REFERENCE,
        registry: 'registry.example',
        repository: 'acme/app',
        tag: '1.4',
        digest: SUBJECT,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactType: '',
        size: 1,
        annotations: {},
        manifest: {},
        targets: [],
      },
      artifacts: all.map(({ artifact }) => artifact),
      documents: Object.fromEntries(
        all.flatMap(({ node }) => (node.reports ?? []).map((one) => [documentOf(one), said(one)])),
      ),
      discovery: [],
      context: { time: TIME, caller: 'gatekeeper', namespace: '', parameters: {} },
    },
    config: {
      kind: 'rego',
      verifiers: verifiers.map((name) => ({
        name,
        type: name,
        kind: 'plugin',
        verifier: name,
        artifactTypes: typesOf(all, name),
      })),
    },
  };
}

interface Placed {
  readonly node: Node;
  readonly artifact: Artifact;
}

/** In the order of evidence: by depth, subject, digest. */
function flat(nodes: readonly Node[], subject: string, path: string, depth: number): readonly Placed[] {
  const here = placed(nodes, path).map(({ node, place }) => ({
    node,
    place,
    artifact: artifactOf(node, digest(place), subject, depth),
  }));
  const below = here.flatMap(({ node, place, artifact }) => flat(node.nested ?? [], artifact.digest, place, depth + 1));
  return [...here, ...below];
}

/** Nodes with a name each, sorted as the evidence sorts artifacts. */
const placed = (nodes: readonly Node[], path: string): ReadonlyArray<{ readonly node: Node; readonly place: string }> =>
  nodes
    .map((node, index) => ({ node, place: `${path}/${index}` }))
    .sort((a, b) => (digest(a.place) < digest(b.place) ? -1 : 1));

const said = ({ by, isSuccess, extensions = null }: NodeReport) => ({
  isSuccess,
  message: isSuccess ? 'good' : 'bad',
  name: by,
  type: by,
  extensions,
});

const documentOf = (one: NodeReport): string => digest(JSON.stringify(said(one)));

function typesOf(all: readonly Placed[], name: string): readonly string[] {
  const judged = all.filter(({ node }) => (node.reports ?? []).some(({ by }) => by === name));
  return [...new Set(judged.map(({ node }) => node.artifactType))];
}

const artifactOf = (node: Node, own: string, subject: string, depth: number): Artifact => ({
  digest: own,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  artifactType: node.artifactType,
  size: 1,
  annotations: {},
  subject,
  binding: 'manifest',
  sources: ['referrers-api'],
  depth,
  collected: true,
  reports: (node.reports ?? []).map((one) =>
    report({ verifier: { name: one.by, type: 'ratify-plugin' } }, 'present', 'the plugin answered', {
      type: 'application/vnd.ratify.verifier-report+json',
      read: true,
      document: documentOf(one),
    }),
  ),
});
