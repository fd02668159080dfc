import { isObject } from '../json.ts';
import type { SchemaFault } from '../schema-fault.ts';
import { type Change, Notes, Origins } from './notes.ts';
import { Section } from './section.ts';

/** Kubernetes manifests in the shape of config.json. */
export interface Folded {
  readonly value: Readonly<Record<string, unknown>>;
  readonly changes: readonly Change[];
  readonly faults: readonly SchemaFault[];
  /** Where a setting of `value` stands in the list of manifests, both as JSON pointers. */
  readonly origin: (pointer: string) => string;
}

const GROUP = 'config.ratify.deislabs.io/';
/** What a cluster reads of config.json. */
const CLUSTER_SETTINGS = ['executor', 'logger', 'crl'] as const;

/** Verifiers of the whole cluster may name it too, as `namespace/name`. */
const NAMESPACED_PROVIDER = 'NamespacedKeyManagementProvider';

interface Lists {
  readonly store: unknown[];
  readonly verifier: unknown[];
  readonly keyManagementProviders: unknown[];
  readonly policies: unknown[];
}

/**
 * Puts Ratify v1's custom resources (Store, Verifier, Policy, KeyManagementProvider, CertificateStore) into the shape of
 * config.json. A config.json among them gives what clusters read of it. Every pointer begins with the manifest's index.
 */
export function foldManifests(documents: readonly unknown[]): Folded {
  const notes = new Notes();
  const origins = new Origins();
  const lists: Lists = { store: [], verifier: [], keyManagementProviders: [], policies: [] };
  const settings: Record<string, unknown> = {};
  for (const [index, document] of documents.entries()) {
    for (const { value, pointer } of manifestsIn(document, `/${index}`)) {
      if (isObject(value) && value.kind === undefined) settle(value, pointer, settings, origins);
      else fold(new Section(value, pointer, notes), lists, origins);
    }
  }
  const [policy, ...more] = lists.policies;
  if (more.length > 0) notes.fault(origins.of('/policy/plugin'), 'there is more than one Policy');
  const block = (plugins: readonly unknown[]): { readonly plugins?: readonly unknown[] } =>
    plugins.length === 0 ? {} : { plugins };
  return {
    value: {
      ...settings,
      store: block(lists.store),
      policy: policy === undefined ? {} : { plugin: policy },
      verifier: block(lists.verifier),
      keyManagementProviders: lists.keyManagementProviders,
    },
    changes: notes.changes,
    faults: notes.faults,
    origin: (pointer) => origins.of(pointer),
  };
}

/** The manifest itself, or those of a list as `kubectl get -o yaml` prints it. */
function manifestsIn(
  value: unknown,
  pointer: string,
): ReadonlyArray<{ readonly value: unknown; readonly pointer: string }> {
  if (
    !isObject(value) ||
    typeof value.kind !== 'string' ||
    !value.kind.endsWith('List') ||
    !Array.isArray(value.items)
  ) {
    return [{ value, pointer }];
  }
  return value.items.map((item: unknown, index) => ({ value: item, pointer: `${pointer}/items/${index}` }));
}

/** A config.json. */
function settle(
  value: Readonly<Record<string, unknown>>,
  pointer: string,
  settings: Record<string, unknown>,
  origins: Origins,
): void {
  for (const key of CLUSTER_SETTINGS) {
    if (value[key] === undefined) continue;
    settings[key] = value[key];
    origins.copy(`/${key}`, `${pointer}/${key}`);
  }
}

function fold(manifest: Section, lists: Lists, origins: Origins): void {
  const { notes, pointer } = manifest;
  const kind = manifest.text('kind');
  const metadata = manifest.section('metadata');
  const name = metadata?.text('name') ?? '';
  const namespace = metadata?.text('namespace') ?? '';
  if (!manifest.text('apiVersion').startsWith(GROUP)) {
    notes.change(pointer, `A ${kind || 'document'} is no configuration of Ratify v1, and left alone.`);
    return;
  }
  if (kind.startsWith('Namespaced') && kind !== NAMESPACED_PROVIDER) {
    notes.change(
      pointer,
      `${kind} ${namespace}/${name} holds for a namespace: migrate the resources of each namespace by themselves, and put what comes out under \`scopes\`.`,
    );
    return;
  }
  const spec = manifest.section('spec') ?? new Section({}, manifest.at('spec'), notes);
  const parameters = isObject(spec.raw('parameters'))
    ? (spec.raw('parameters') as Readonly<Record<string, unknown>>)
    : {};
  const add = (list: unknown[], made: string, plugin: Readonly<Record<string, unknown>>): void => {
    origins.copy(`${made}/${list.length}`, spec.at('parameters'));
    for (const key of Object.keys(plugin)) {
      if (!Object.hasOwn(parameters, key)) origins.set(`${made}/${list.length}/${key}`, spec.pointer);
    }
    list.push(plugin);
  };
  switch (kind) {
    case 'Store':
      add(lists.store, '/store/plugins', { ...parameters, ...common(spec), name: spec.text('name') });
      return;
    case 'Verifier': {
      const type = spec.text('type') || spec.text('name');
      const artifactTypes = spec.raw('artifactTypes');
      add(lists.verifier, '/verifier/plugins', { ...parameters, ...common(spec), name, type, artifactTypes });
      return;
    }
    case 'Policy':
      origins.copy('/policy/plugin', spec.at('parameters'));
      lists.policies.push({ ...parameters, name: spec.text('type') || name });
      return;
    case 'KeyManagementProvider':
    case NAMESPACED_PROVIDER: {
      const known = kind === NAMESPACED_PROVIDER ? `${namespace}/${name}` : name;
      const type = spec.text('type');
      add(lists.keyManagementProviders, '/keyManagementProviders', { name: known, type, parameters });
      return;
    }
    case 'CertificateStore': {
      const certificates = { contentType: 'certificate', value: parameters.value };
      const type = spec.text('provider');
      for (const known of [name, `${namespace || 'default'}/${name}`]) {
        add(lists.keyManagementProviders, '/keyManagementProviders', { name: known, type, parameters: certificates });
      }
      return;
    }
    default:
      notes.fault(manifest.at('kind'), `there is no ${kind} in Ratify v1`);
  }
}

/** What stores and verifiers have in common beside their parameters. */
function common(spec: Section): Readonly<Record<string, unknown>> {
  const kept = ['version', 'source'].flatMap((key) => (spec.has(key) ? [[key, spec.raw(key)] as const] : []));
  if (spec.has('address')) {
    spec.notes.change(
      spec.at('address'),
      'Plugins are looked for in one place: put this one under `$RATIFY_CONFIG/plugins`.',
    );
  }
  return Object.fromEntries(kept);
}
