/** Most faults told of one document: whoever mends it needs the first few, not all. */
export const MAX_SCHEMA_FAULTS = 20;
/** Longest pointer and property name told: both are the document's choice. */
const MAX_NAME_LENGTH = 200;

/** One place where a document does not fit. */
export interface SchemaFault {
  /** JSON Pointer (RFC 6901) of the value that does not fit; empty for the document itself. */
  readonly pointer: string;
  readonly message: string;
}

/** A schema ready for use. */
export interface Validator {
  readonly name: string;
  /** Where the value does not fit, at most {@link MAX_SCHEMA_FAULTS} places; empty if it fits. */
  readonly validate: (value: unknown) => readonly SchemaFault[];
}

/** What ajv says of a fault, whether it runs or wrote the validator. */
export interface AjvError {
  readonly instancePath: string;
  readonly message?: string;
  readonly params: object;
}

/** Faults as people read them. */
export function faultsOf(errors: readonly AjvError[] | null | undefined): readonly SchemaFault[] {
  return (errors ?? []).slice(0, MAX_SCHEMA_FAULTS).map((error) => ({
    pointer: error.instancePath.slice(0, MAX_NAME_LENGTH),
    message: `${error.message ?? 'does not fit'}${named(error)}`,
  }));
}

/** What ajv leaves out of its messages: which property is too much, which values there may be. */
function named({ params }: AjvError): string {
  const { additionalProperty, allowedValues, allowedValue } = params as Readonly<Record<string, unknown>>;
  if (typeof additionalProperty === 'string')
    return ` (${JSON.stringify(additionalProperty.slice(0, MAX_NAME_LENGTH))})`;
  const allowed = allowedValues ?? (allowedValue === undefined ? undefined : [allowedValue]);
  return allowed === undefined ? '' : `: ${JSON.stringify(allowed).slice(0, MAX_NAME_LENGTH)}`;
}
