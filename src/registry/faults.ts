import { asVerdictError, VerdictError } from '../errors.ts';
import { givenUp } from './waiting.ts';

/** A failure that may pass. */
export class PassingFault extends Error {
  /** What to report if it does not. */
  readonly error: VerdictError;
  /** Milliseconds that the server asks to wait; undefined if it does not say. */
  readonly wait: number | undefined;
  /** Whether part of what is wanted has come, so that trying again means going on. */
  readonly hasProgress: boolean;

  constructor(error: VerdictError, more: { readonly wait?: number | undefined; readonly hasProgress?: boolean } = {}) {
    super(error.message, { cause: error });
    this.error = error;
    this.wait = more.wait;
    this.hasProgress = more.hasProgress ?? false;
  }
}

/** Codes of OpenSSL and Node for handshakes that failed and certificates that are not trusted. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|EPROTO)/;
/** What came is not HTTP as we know it. */
const PROTOCOL_CODE = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_EXCEEDED_MAX_SIZE)/;
/** Asking again cannot help: the name does not exist; we closed the connection ourselves. */
const FINAL_CODES: ReadonlySet<string> = new Set(['ENOTFOUND', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';

/** A name for what happened, without what servers or proxies may have put into the message. */
const reasonOf = (thrown: unknown): string => {
  const code = codeOf(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
};

/** What was thrown while talking to a host, as an error of ours or a passing fault. */
export function networkFault(thrown: unknown, host: string, signal: AbortSignal): VerdictError | PassingFault {
  if (signal.aborted) return givenUp(signal);
  if (thrown instanceof VerdictError || thrown instanceof PassingFault) return thrown;
  // A mistake of ours must not pass for one of the network.
  if (thrown instanceof TypeError || thrown instanceof RangeError) return asVerdictError(thrown);
  const code = codeOf(thrown);
  const reason = reasonOf(thrown);
  if (TLS_CODE.test(code)) return new VerdictError('REGISTRY_TLS', `${host}: ${reason}`, { cause: thrown });
  if (PROTOCOL_CODE.test(code) || (thrown instanceof Error && thrown.name === 'HTTPParserError')) {
    return new VerdictError('REGISTRY_INVALID_RESPONSE', `${host} does not speak HTTP: ${reason}`, { cause: thrown });
  }
  const error = new VerdictError('REGISTRY_UNAVAILABLE', `${host}: ${reason}`, { cause: thrown });
  return FINAL_CODES.has(code) ? error : new PassingFault(error);
}
