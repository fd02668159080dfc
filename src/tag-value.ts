import { VerdictError } from './errors.ts';

/**
 * SPDX in its tag-value form, made JSON: the one document that a policy does not see as it was written.
 * https://spdx.github.io/spdx-spec/v2.3/conformance/#44-standard-data-format-requirements
 */
export const TAG_VALUE_TYPE = 'text/spdx';

/** Most tags of one document: 30,000 packages have about 400,000. Each costs some 20 bytes more as JSON. */
export const MAX_TAGS = 1_000_000;

const FIRST_TAG = 'SPDXVersion:';
const LINE = /^([A-Za-z][A-Za-z0-9]*):[ \t]*(.*)$/s;
const OPEN = '<text>';
const CLOSE = '</text>';
/** No text has them, and JSON writes each as six bytes. Licence texts do have form feeds. */
const CONTROL = /[\p{Cc}--[\t\n\f\r\u007f-\u009f]]/v;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Whether content is tag-value SPDX, whatever its media type says. */
export function isTagValue(content: Uint8Array): boolean {
  const start = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
  return Buffer.from(content.subarray(start, start + FIRST_TAG.length)).toString('latin1') === FIRST_TAG;
}

/**
 * The JSON text of a list of `{"tag", "value"}` objects in the order of the document. Comments and empty lines are left
 * out; the value of `<text>…</text>` is what stands between. Throws DOCUMENT_INVALID with the line, or LIMIT_EXCEEDED.
 */
export function tagValueJson(content: Uint8Array): Uint8Array {
  const text = decode(content);
  const tags: Array<{ readonly tag: string; readonly value: string }> = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at);
    const [tag, value, after] = entry(text, at, end, line);
    if (tag !== '') tags.push({ tag, value });
    if (tags.length > MAX_TAGS) {
      throw new VerdictError('LIMIT_EXCEEDED', `the tag-value document has more than ${MAX_TAGS} tags`);
    }
    line += after === end ? 1 : newlines(text, at, after) + 1;
    at = after + 1;
  }
  return Buffer.from(JSON.stringify(tags));
}

/** The tag of a line (empty for none), its value, and where the line ends that the value ends on. */
function entry(text: string, start: number, end: number, line: number): readonly [string, string, number] {
  const content = text.slice(start, end).trim();
  if (CONTROL.test(content)) throw invalid(line, 'a control character');
  if (content === '' || content.startsWith('#')) return ['', '', end];
  const [, tag = '', rest = ''] = LINE.exec(content) ?? [];
  if (tag === '') throw invalid(line, 'neither a tag with its value nor a comment');
  if (!rest.startsWith(OPEN)) return [tag, rest, end];
  const opened = text.indexOf(OPEN, start) + OPEN.length;
  const closed = text.indexOf(CLOSE, opened);
  if (closed < 0) throw invalid(line, `${OPEN} that never closes`);
  const after = endOfLine(text, closed);
  const value = text.slice(opened, closed);
  if (CONTROL.test(value)) throw invalid(line, 'a control character');
  if (text.slice(closed + CLOSE.length, after).trim() !== '') throw invalid(line, `something after ${CLOSE}`);
  return [tag, value, after];
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function decode(content: Uint8Array): string {
  try {
    return decoder.decode(content);
  } catch (cause) {
    throw new VerdictError('DOCUMENT_INVALID', 'the tag-value document is not valid UTF-8', { cause });
  }
}

const invalid = (line: number, what: string): VerdictError =>
  new VerdictError('DOCUMENT_INVALID', `line ${line} of the tag-value document has ${what}`);
