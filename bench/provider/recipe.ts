/** What is attached to an image. */
export type Recipe =
  /** So many Notary Project signatures (RSA-2048, JWS and COSE in turn); none: unsigned. */
  | { readonly kind: 'signed'; readonly signatures: number }
  /** One signature and one SBOM of about so many bytes. */
  | { readonly kind: 'sbom'; readonly bytes: number }
  /** So many artifacts: a fifth SBOMs of 5 KB, the others signatures. */
  | { readonly kind: 'mixed'; readonly artifacts: number }
  /** Signed in the signer's name, under an authority that nobody trusts. */
  | { readonly kind: 'stranger' }
  /** With a signature that was made for another image. */
  | { readonly kind: 'borrowed' }
  /** One signature and an SBOM with a package under AGPL-3.0-only. */
  | { readonly kind: 'forbidden-licence' };

export const SMALL_SBOM = 5_000;

/** What must be denied by configurations without a rule for licences. */
export const CONTROLS: readonly Recipe[] = [
  { kind: 'signed', signatures: 0 },
  { kind: 'stranger' },
  { kind: 'borrowed' },
];
export const SBOM_CONTROLS: readonly Recipe[] = [...CONTROLS, { kind: 'forbidden-licence' }];

/** Whether an image of this kind is to be allowed. */
export function isAllowed(recipe: Recipe): boolean {
  switch (recipe.kind) {
    case 'signed':
      return recipe.signatures > 0;
    case 'sbom':
    case 'mixed':
      return true;
    case 'stranger':
    case 'borrowed':
    case 'forbidden-licence':
      return false;
  }
}

export function nameOf(recipe: Recipe): string {
  switch (recipe.kind) {
    case 'signed':
      return recipe.signatures === 0 ? 'unsigned' : `sig-${recipe.signatures}`;
    case 'sbom':
      return recipe.bytes < 1_000_000 ? `sbom-${recipe.bytes / 1000}k` : `sbom-${recipe.bytes / 1_000_000}m`;
    case 'mixed':
      return `mix-${recipe.artifacts}`;
    case 'stranger':
    case 'borrowed':
    case 'forbidden-licence':
      return recipe.kind;
  }
}
