import type { FirstAnswer, Location, Login, Peer, RegistryProbe } from '../../config/probe.ts';
import { VerdictError } from '../../errors.ts';
import { printable } from '../output/style.ts';
import { expiryFinding, type Finding, fault, ofStep, ok, type Patient, warning } from './check.ts';

/** Milliseconds by which clocks may differ: signatures and certificates of minutes are judged by ours. */
const MAX_SKEW = 30_000;

/** Every registry that is configured, and the image's: name, TLS, answer, login. */
export async function registryFindings({ registries, io }: Patient): Promise<readonly Finding[]> {
  const found = await registries();
  return [...found].flatMap(([name, probe]) =>
    probe instanceof VerdictError ? [fault(probe)] : probeFindings(name, probe, io.now()),
  );
}

function probeFindings(name: string, probe: RegistryProbe, now: Date): readonly Finding[] {
  const { host, isPlain } = probe;
  return [
    ...ofStep(probe.name, (location, ms) => nameFindings(host, location, ms)),
    ...(isPlain ? [warning(`${name} is asked without TLS`, 'Set `plainHttp: false` once it speaks TLS.')] : []),
    ...ofStep(probe.tls, (peer, ms) => peerFindings(host, peer, now, ms)),
    ...ofStep(probe.answer, ({ schemes }, ms) => [ok(`${host} answers${asks(schemes)}`, ms)]),
    ...ofStep(probe.login, (login, ms) => [ok(`${host} lets us in: ${loginText(login)}`, ms)]),
  ];
}

const asks = (schemes: readonly string[]): string =>
  schemes.length === 0 ? '' : ` and asks who is there (${schemes.map(printable).join(', ')})`;

function loginText({ kind, place }: Login): string {
  return kind === 'anonymous' ? 'as anybody' : `with the ${kind} credential of ${printable(place)}`;
}

function nameFindings(host: string, { addresses, reach, refused }: Location, ms: number): readonly Finding[] {
  return [
    ok(`${host} lies at ${addresses.join(', ')} (${reach})`, ms),
    ...(refused === undefined
      ? []
      : [warning(`\`verdict serve\` would not ask it: ${refused.message}`, 'Name the host under `registries`.')]),
  ];
}

function peerFindings(host: string, { protocol, chain, distrust }: Peer, now: Date, ms: number): readonly Finding[] {
  const issuer = chain.at(-1)?.issuer ?? '';
  const near = chain.flatMap(
    (one) => expiryFinding(`${host}: the certificate ${printable(one.subject)}`, one, now) ?? [],
  );
  const trusted =
    distrust === ''
      ? ok(`${host} speaks ${protocol} with a certificate from ${printable(issuer)}`, ms)
      : fault(
          new VerdictError(
            'REGISTRY_TLS',
            `${host}: its certificate from ${printable(issuer)} is not trusted: ${distrust}`,
          ),
          ms,
        );
  return [trusted, ...near];
}

/** Our clock beside those of registries. */
export async function clockFindings({ registries }: Patient): Promise<readonly Finding[]> {
  const answers = [...(await registries()).values()].flatMap((probe) =>
    probe instanceof VerdictError || probe.answer.kind !== 'done' ? [] : [{ host: probe.host, ...probe.answer.value }],
  );
  return answers.flatMap(clockFinding);
}

function clockFinding({ host, date, at }: FirstAnswer & { readonly host: string }): readonly Finding[] {
  if (date === undefined) return [];
  const skew = at - date;
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) <= MAX_SKEW) return [ok(`the clock agrees with ${host} (${seconds} s)`)];
  return [
    warning(
      `the clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} that of ${host}`,
      'Set the clock (NTP): certificates and signatures are judged by it.',
    ),
  ];
}
