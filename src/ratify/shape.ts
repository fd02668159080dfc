import { isObject } from '../json.ts';

/** Whether a document is Ratify's config.json: none of these keys fits a configuration of Verdict's. */
export function isRatify(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { store, verifier, policy } = value;
  const hasPlugins = (block: unknown): boolean => isObject(block) && block.plugins !== undefined;
  return hasPlugins(store) || hasPlugins(verifier) || (isObject(policy) && policy.plugin !== undefined);
}
