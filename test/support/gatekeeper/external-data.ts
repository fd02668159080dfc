import type { Item } from './provider-response.ts';

/** What Rego's `external_data` returns; both lists are null where the provider could not be asked. */
export interface ExternalData {
  readonly responses: ReadonlyArray<readonly [key: string, value: unknown]> | null;
  readonly errors: ReadonlyArray<readonly [key: string, error: string]> | null;
  /** The answer's; 0 where every key was cached; 400 or 500 where the provider could not be asked. */
  readonly status_code: number;
  readonly system_error: string;
}

/** The result for an answer: an item with an error has no value, whatever it holds. */
export function externalData(items: readonly Item[], statusCode: number, systemError: string): ExternalData {
  return {
    responses: items.filter(({ error }) => error === '').map(({ key, value }) => [key, value] as const),
    errors: items.filter(({ error }) => error !== '').map(({ key, error }) => [key, error] as const),
    status_code: statusCode,
    system_error: systemError,
  };
}

/** The result where there is no answer. */
export const noExternalData = (statusCode: number, systemError: string): ExternalData => ({
  responses: null,
  errors: null,
  status_code: statusCode,
  system_error: systemError,
});
