import type { Trust, TrustedRoot } from '../../trust.ts';
import { type Parsed, parseBundle } from './bundle.ts';
import { judgeByCertificates, judgeBySigstore } from './by-certificate.ts';
import { judgeByKeys } from './by-key.ts';
import type { Examiner, Finding } from './finding.ts';
import { malformed, overlap, refused, unclaimed, untold, verified } from './findings.ts';
import type { Judge, Judgement } from './judgement.ts';
import { type Material, readMaterial } from './trust-material.ts';

/** An examiner in this thread. Throws TRUST_INVALID for trust that cannot be used; afterwards nothing does. */
export function createExaminer(trusts: readonly Trust[]): Examiner {
  const judges = judgesOf(trusts);
  return {
    examine: async (signed, time) => {
      try {
        return await decide(parseBundle(signed), judges, time);
      } catch (thrown) {
        return malformed(thrown);
      }
    },
    close: async () => {},
  };
}

function judgesOf(trusts: readonly Trust[]): readonly Judge[] {
  const materials = new Map<string, Material>();
  const materialOf = (root: TrustedRoot): Material => {
    const material = materials.get(root.digest) ?? readMaterial(root);
    materials.set(root.digest, material);
    return material;
  };
  return trusts.map((trust) => judgeOf(trust, materialOf));
}

function judgeOf(trust: Trust, materialOf: (root: TrustedRoot) => Material): Judge {
  switch (trust.kind) {
    case 'keys':
      return judgeByKeys(trust, { material: trust.root && materialOf(trust.root), timestampRoots: [] });
    case 'sigstore':
      return judgeBySigstore(trust, materialOf(trust.root));
    case 'certificates':
      return judgeByCertificates(trust, trust.root && materialOf(trust.root));
  }
}

/** Asks every trust: whoever vouches counts, else who claims the signature and finds fault, else nobody. */
async function decide(parsed: Parsed, judges: readonly Judge[], time: Date): Promise<Finding> {
  const judgements: Judgement[] = [];
  for (const judge of judges) judgements.push(await judge(parsed, time));
  const claimed = judgements.filter((judgement) => judgement.kind === 'claimed');
  const holds = overlap(claimed.flatMap((one) => one.holds ?? []));
  const vouching = claimed.filter(({ fault, checks }) => fault === undefined && checks.signature?.outcome === 'passed');
  if (vouching.length > 0) return verified(vouching, holds);
  const bad = claimed.find(({ fault }) => fault !== undefined);
  if (bad !== undefined) return refused(bad, holds);
  const open = judgements.find((judgement) => judgement.kind !== 'foreign');
  return open === undefined ? unclaimed(parsed) : untold(open, holds);
}
