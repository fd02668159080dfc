/** What a person should know about a policy that trusts too much. */
export function describeCanaries(names: readonly string[]): string {
  return (
    `CANARY_ALLOWED: the policy allows made-up evidence that nobody vouched for: ${names.join(', ')}\n` +
    '  → Require a signer, or name them under `policy.accepts` if that is what you want.\n'
  );
}
