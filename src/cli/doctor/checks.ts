import { asVerdictError } from '../../errors.ts';
import { type Check, type Finding, fault, type Patient } from './check.ts';
import { policyFindings, serverFindings, trustFindings, verifierFindings } from './configured.ts';
import { environmentFindings } from './environment.ts';
import { imageFindings } from './image.ts';
import { clockFindings, registryFindings } from './registries.ts';

/** Everything that is looked at once the configuration was read, in this order. */
export const CHECKS: readonly Check[] = [
  { name: 'environment', about: 'met', run: environmentFindings },
  { name: 'trust', about: 'written', run: trustFindings },
  { name: 'verifiers', about: 'written', run: verifierFindings },
  { name: 'policy', about: 'written', run: policyFindings },
  { name: 'server', about: 'written', run: serverFindings },
  { name: 'registries', about: 'met', run: registryFindings },
  { name: 'clock', about: 'met', run: clockFindings },
  { name: 'image', about: 'met', run: imageFindings },
];

/** What a check found; what it throws is a fault. */
export async function findingsOf({ run }: Check, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await run(patient);
  } catch (thrown) {
    return [fault(asVerdictError(thrown))];
  }
}
