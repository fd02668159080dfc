import { type Crl, isCrlOf, isDeltaOf, isInScope, MAX_CRL_BYTES, parseCrl, staleness } from '../../../crypto/crl.ts';
import { type OcspStatus, ocspRequest, verifyOcspResponse } from '../../../crypto/ocsp.ts';
import { MAX_OCSP_BYTES } from '../../../crypto/ocsp-response.ts';
import type { RevocationSources } from '../../../crypto/revocation-sources.ts';
import { VerdictError } from '../../../errors.ts';
import type { Fetcher } from '../../../fetcher.ts';
import { Kept } from './kept.ts';
import type { RevocationLimits } from './limits.ts';
import { statusBy } from './lists.ts';
import { type Question, reasonOf, type Status } from './status.ts';

type Answer = Exclude<OcspStatus, { readonly kind: 'unknown' }>;

/** Bytes that an answer takes in memory, about. */
const ANSWER_SIZE = 512;

/** What responders and distribution points say: OCSP first, then lists, as Notary Project's implementations ask. */
export class Network {
  readonly #fetch: Fetcher;
  readonly #limits: RevocationLimits;
  readonly #answers: Kept<Answer>;
  readonly #lists: Kept<Crl>;

  constructor(fetch: Fetcher, limits: RevocationLimits) {
    this.#fetch = fetch;
    this.#limits = limits;
    const { cacheBytes, refresh, pause } = limits;
    this.#answers = new Kept({ bytes: cacheBytes / 16, refresh, pause });
    this.#lists = new Kept({ bytes: cacheBytes, refresh, pause });
  }

  /** Never throws: what went wrong stands in the reasons. */
  async statusOf(question: Question, sources: RevocationSources): Promise<Status> {
    const reasons: string[] = [];
    const attempts = [
      ...this.#usable(sources.ocsp).map((url) => () => this.#askResponder(url, question)),
      ...this.#usable(sources.crls).map((url) => () => this.#askList(url, question, sources)),
    ];
    for (const attempt of attempts) {
      try {
        return await attempt();
      } catch (thrown) {
        reasons.push(reasonOf(thrown));
      }
    }
    return { kind: 'unknown', reasons: reasons.length > 0 ? reasons : ['it names no source that is asked over HTTP'] };
  }

  /** Only plain HTTP: the answers are signed, and to check a server's certificate may need what is asked for. */
  #usable(urls: readonly string[]): readonly string[] {
    return urls.filter((url) => /^http:\/\//i.test(url)).slice(0, this.#limits.sources);
  }

  async #askResponder(url: string, question: Question): Promise<Status> {
    const { certificate, issuer, signedAt, time } = question;
    const key = `${certificate.fingerprint} ${issuer.fingerprint} ${url}`;
    const answer = await this.#answers.get(key, time, async () => {
      const value = await this.#answerOf(url, question);
      return { value, size: ANSWER_SIZE, until: value.until };
    });
    if (answer.kind === 'good') return answer;
    const { revocationDate, invalidityDate, until } = answer;
    if (signedAt !== undefined && invalidityDate !== undefined && signedAt < invalidityDate) {
      return { kind: 'good', until };
    }
    return { kind: 'revoked', message: `was revoked on ${revocationDate.toISOString()}`, until };
  }

  /** SHA-256 first; responders that only know certificates by SHA-1 refuse, or do not know what is meant. */
  async #answerOf(url: string, { certificate, issuer, time }: Question): Promise<Answer> {
    const ask = async (hash: 'sha1' | 'sha256'): Promise<Answer | string> => {
      const body = await this.#fetch({
        method: 'POST',
        url,
        body: ocspRequest(certificate, issuer, hash),
        contentType: 'application/ocsp-request',
        limit: MAX_OCSP_BYTES,
        timeout: this.#limits.ocspTimeout,
      });
      try {
        const status = verifyOcspResponse(body, certificate, issuer, time);
        return status.kind === 'unknown' ? `${url} does not know it` : status;
      } catch (thrown) {
        return `${url}: ${reasonOf(thrown)}`;
      }
    };
    const first = await ask('sha256');
    const answer = typeof first === 'string' ? await ask('sha1') : first;
    if (typeof answer === 'string') throw new VerdictError('TRUST_UNAVAILABLE', answer);
    return answer;
  }

  async #askList(url: string, question: Question, { crls, deltas }: RevocationSources): Promise<Status> {
    const base = await this.#list(url, question);
    const delta = await this.#deltaOf(base, question, deltas);
    if (delta === undefined || isDeltaOf(delta, base)) return this.#statusBy(url, question, crls, base, delta);
    // The delta may extend a complete list that is younger than the one kept.
    this.#lists.forget(keyOf(url, question));
    const younger = await this.#list(url, question);
    if (!isDeltaOf(delta, younger)) throw unusable(url, 'the delta list does not extend the complete one');
    return this.#statusBy(url, question, crls, younger, delta);
  }

  #statusBy(url: string, question: Question, points: readonly string[], base: Crl, delta: Crl | undefined): Status {
    if (!isInScope(base, question.certificate, points)) {
      throw unusable(url, 'the list does not speak of the certificate');
    }
    return statusBy(question, base, delta);
  }

  /** Where a delta list is named it is needed: revocations since the complete one stand nowhere else. */
  async #deltaOf(base: Crl, question: Question, deltas: readonly string[]): Promise<Crl | undefined> {
    const [url] = this.#usable([...base.deltas, ...deltas]);
    return url === undefined ? undefined : await this.#list(url, question);
  }

  /** A list that is the issuer's and holds. Nothing else is kept, so nobody on the way can put a good one out. */
  async #list(url: string, question: Question): Promise<Crl> {
    const { issuer, time } = question;
    const list = await this.#lists.get(keyOf(url, question), time, async (kept) => {
      const bytes = await this.#fetch({ method: 'GET', url, limit: MAX_CRL_BYTES, timeout: this.#limits.crlTimeout });
      const value = parseCrl(bytes);
      if (!isCrlOf(value, issuer)) throw unusable(url, "the list is not the issuer's");
      const stale = staleness(value, time);
      if (stale !== undefined) throw unusable(url, stale);
      if (kept !== undefined && value.thisUpdate < kept.thisUpdate) {
        throw unusable(url, 'the list is older than one that was there before');
      }
      return { value, size: value.size, until: value.nextUpdate ?? time };
    });
    const stale = staleness(list, time);
    if (stale !== undefined) throw unusable(url, stale);
    return list;
  }
}

const keyOf = (url: string, { issuer }: Question): string => `${issuer.fingerprint} ${url}`;

const unusable = (url: string, why: string): VerdictError => new VerdictError('TRUST_UNAVAILABLE', `${url}: ${why}`);
