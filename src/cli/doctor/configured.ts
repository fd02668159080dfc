import { buildVerifiers } from '../../config/build.ts';
import { openNetwork } from '../../config/network.ts';
import { everyTrust } from '../../config/scopes.ts';
import { describeTrusts, type ShownTrust } from '../../config/trust/describe.ts';
import { readTrusts } from '../../config/trusts.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { loadTls } from '../../server/tls.ts';
import { plural, short } from '../output/style.ts';
import { expiryFinding, type Finding, fault, ok, type Patient, warning } from './check.ts';
import { portFinding } from './environment.ts';

/** Each trust: what was read, what ends soon, how old a copy is. */
export async function trustFindings({ loaded: { config }, io }: Patient): Promise<readonly Finding[]> {
  const network = openNetwork(config, () => undefined);
  try {
    const loaded = await readTrusts(
      { ...config, trust: everyTrust(config) },
      { environment: io.environment, fetch: network.fetch },
    );
    if (loaded.faults.length > 0) {
      return loaded.faults.map(({ pointer, message, code }) => fault(new VerdictError(code, `${pointer}: ${message}`)));
    }
    const now = io.now();
    const trusts = describeTrusts(loaded, now);
    if (trusts.length === 0)
      return [warning('no trust is configured: nobody’s signature counts', 'Add one to `trust`.')];
    return trusts.flatMap((trust) => trustFinding(trust, now));
  } finally {
    await network.close();
  }
}

function trustFinding({ name, type, keys, certificates, root, waived }: ShownTrust, now: Date): readonly Finding[] {
  const parts = [
    ...(keys.length > 0 ? [plural(keys.length, 'key')] : []),
    ...(certificates.length > 0 ? [plural(certificates.length, 'certificate')] : []),
    ...(root === null ? [] : [`root ${short(root.digest)}`]),
    ...(waived.length > 0 ? [`waived: ${waived.join(', ')}`] : []),
  ];
  const troubles = certificates.flatMap(({ subject, notAfter }) => {
    return expiryFinding(`${name}: ${subject}`, { notAfter: new Date(notAfter) }, now) ?? [];
  });
  const isOld = root?.update?.old === true;
  const fetched = root?.update?.fetched ?? '';
  const age = fetched === '' ? 'its root was never fetched' : `its root was fetched on ${fetched}`;
  return [
    ok(`${name} (${type}): ${parts.join(', ')}`),
    ...troubles,
    ...(isOld ? [warning(`${name}: ${age}`, `Run \`verdict trust update ${name}\`.`)] : []),
  ];
}

/** Each verifier can be made: trust policies, revocation lists, schemas. */
export async function verifierFindings({ loaded: { config }, io }: Patient): Promise<readonly Finding[]> {
  const network = openNetwork(config, () => undefined);
  try {
    const { close } = await buildVerifiers(config, { environment: io.environment, fetch: network.fetch });
    await close();
    return [ok(config.verifiers.map(({ name, type }) => (name === type ? name : `${name} (${type})`)).join(', '))];
  } catch (thrown) {
    const error = asVerdictError(thrown);
    // What trusts lack was told of with them.
    return error.code === 'TRUST_INVALID' || error.code === 'TRUST_UNAVAILABLE' ? [] : [fault(error)];
  } finally {
    await network.close();
  }
}

/** The policy compiles, has its entrypoint and built-ins, and allows nothing that nobody vouched for. */
export async function policyFindings({ policy, io, image }: Patient): Promise<readonly Finding[]> {
  const started = performance.now();
  const ready = await policy();
  const { name, revision, digest } = ready.policy.info;
  const ms = performance.now() - started;
  const told = `${name}${revision === '' ? '' : ` ${revision}`} loads: ${short(digest)}, entrypoints ${ready.policy.entrypoints.join(', ')}`;
  const { registry, repository } =
    image?.kind === 'registry' ? image : { registry: 'registry.example', repository: 'canary' };
  const alarms = await ready.canaries({ registry, repository, namespace: '', caller: 'cli', time: io.now() });
  return [
    ok(told, ms),
    ...(alarms.length === 0 ? [ok('it allows no made-up evidence that nobody vouched for')] : []),
    ...alarms.map(({ name: canary, accept }) =>
      warning(
        `it allows made-up evidence: ${canary} (${accept}); \`verdict serve\` refuses it`,
        `Require a signer, or accept \`${accept}\` under \`policy.accepts\`.`,
      ),
    ),
  ];
}

/** TLS material and ports of `verdict serve`. */
export async function serverFindings({ loaded, io, machine }: Patient): Promise<readonly Finding[]> {
  const { tls, address, port, health } = loaded.config.server;
  const listeners = [{ address, port }, ...(health === undefined ? [] : [health])];
  const ports = await Promise.all(listeners.map((listener) => portFinding(listener, machine)));
  return [...(tls === undefined ? [] : tlsFindings(tls, io.now())), ...ports];
}

function tlsFindings(tls: Parameters<typeof loadTls>[0], now: Date): readonly Finding[] {
  try {
    const { certificates, warnings } = loadTls(tls, now);
    const leaf = certificates[0]?.subject ?? '';
    const near = certificates.flatMap(({ role, subject, notAfter }) =>
      now > notAfter ? [] : (expiryFinding(`the ${role} certificate ${subject}`, { notAfter }, now) ?? []),
    );
    return [
      ok(`the key fits the certificate ${leaf}`),
      ...warnings.map((text) => warning(text, 'Clients will refuse to connect: issue it again.')),
      ...near,
    ];
  } catch (thrown) {
    return [fault(asVerdictError(thrown))];
  }
}
