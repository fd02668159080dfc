import type { Builtin, BuiltinContext, BuiltinDecl, TypeDecl } from './builtin.ts';
import * as casts from './casts.ts';
import {
  ANY,
  anyOf,
  arrayOf,
  BOOLEAN,
  fn,
  mapOf,
  NULL,
  NUMBER,
  openRecord,
  record,
  STRING,
  setOf,
  tuple,
} from './decl.ts';
import * as encoding from './encoding.ts';
import { globsMatch } from './globs.ts';
import { reachablePaths } from './graph.ts';
import { marshalWithOptions } from './json.ts';
import { matchSchema, verifySchema } from './json-schema.ts';
import * as net from './net.ts';
import { rangeStep } from './numbers.ts';
import { patch } from './patch.ts';
import * as regex from './regex.ts';
import * as semver from './semver.ts';
import { evaluate as evaluateLicence } from './spdx.ts';
import * as strings from './strings.ts';
import { objectSubset } from './subset.ts';
import { renderTemplate } from './template.ts';
import * as time from './time.ts';
import * as units from './units.ts';
import * as uri from './uri.ts';
import * as uuid from './uuid.ts';
import type { Value } from './value.ts';
import * as yaml from './yaml.ts';

type Call = (args: readonly Value[], context: BuiltinContext) => Value | undefined;

function row(name: string, decl: BuiltinDecl, call: Call): Builtin {
  return { name, decl, pure: name !== 'time.now_ns', call };
}

const STRINGS = arrayOf(STRING);
const OBJECT = mapOf(ANY, ANY);
const COLLECTION = anyOf(arrayOf(ANY), setOf(ANY));
const STRING_OR_STRINGS = anyOf(STRING, STRINGS, setOf(STRING));
/** Nanoseconds, or [nanoseconds, zone]. */
const INSTANT = anyOf(NUMBER, tuple(NUMBER, STRING));
const JSON_DOCUMENT = anyOf(STRING, OBJECT);
const SCHEMA_FAULT = record({ desc: STRING, error: STRING, field: STRING, type: STRING });
const CIDR = anyOf(STRING, arrayOf(ANY));
const CIDRS = anyOf(STRING, arrayOf(CIDR), mapOf(STRING, CIDR), setOf(CIDR));

/** OPA's own built-ins that its modules leave to the host, with the semantics of OPA 1.22.0. */
export const STANDARD: readonly Builtin[] = [
  row('base64url.encode_no_pad', fn([STRING], STRING), encoding.base64UrlEncodeNoPad),
  row('cast_array', fn([ANY], arrayOf(ANY)), casts.castArray),
  row('cast_boolean', fn([ANY], BOOLEAN), casts.castTo('boolean')),
  row('cast_null', fn([ANY], NULL), casts.castTo('null')),
  row('cast_object', fn([ANY], OBJECT), casts.castTo('object')),
  row('cast_set', fn([ANY], setOf(ANY)), casts.castSet),
  row('cast_string', fn([ANY], STRING), casts.castTo('string')),
  row('crypto.hmac.equal', fn([STRING, STRING], BOOLEAN), encoding.hmacEqual),
  row('crypto.hmac.md5', fn([STRING, STRING], STRING), encoding.hmac('md5')),
  row('crypto.hmac.sha1', fn([STRING, STRING], STRING), encoding.hmac('sha1')),
  row('crypto.hmac.sha256', fn([STRING, STRING], STRING), encoding.hmac('sha256')),
  row('crypto.hmac.sha512', fn([STRING, STRING], STRING), encoding.hmac('sha512')),
  row('crypto.md5', fn([STRING], STRING), encoding.digest('md5')),
  row('crypto.sha1', fn([STRING], STRING), encoding.digest('sha1')),
  row('crypto.sha256', fn([STRING], STRING), encoding.digest('sha256')),
  row('glob.quote_meta', fn([STRING], STRING), regex.globQuoteMeta),
  row('graph.reachable_paths', fn([mapOf(ANY, COLLECTION), COLLECTION], setOf(arrayOf(ANY))), reachablePaths),
  row('hex.decode', fn([STRING], STRING), encoding.hexDecode),
  row('hex.encode', fn([STRING], STRING), encoding.hexEncode),
  row('indexof_n', fn([STRING, STRING], arrayOf(NUMBER)), strings.indexOfN),
  row(
    'json.marshal_with_options',
    fn([ANY, openRecord({ indent: STRING, prefix: STRING, pretty: BOOLEAN }, STRING, ANY)], STRING),
    marshalWithOptions,
  ),
  row('json.match_schema', fn([JSON_DOCUMENT, JSON_DOCUMENT], tuple(BOOLEAN, arrayOf(SCHEMA_FAULT))), matchSchema),
  row('json.patch', fn([ANY, arrayOf(openRecord({ op: STRING, path: ANY }, ANY, ANY))], ANY), patch),
  row('json.verify_schema', fn([JSON_DOCUMENT], tuple(BOOLEAN, anyOf(NULL, STRING))), verifySchema),
  row('net.cidr_contains_matches', fn([CIDRS, CIDRS], setOf(tuple(ANY, ANY))), net.cidrContainsMatches),
  row('net.cidr_expand', fn([STRING], setOf(STRING)), net.cidrExpand),
  row('net.cidr_is_valid', fn([STRING], BOOLEAN), net.cidrIsValid),
  row('net.cidr_merge', fn([anyOf(arrayOf(anyOf(STRING)), setOf(STRING))], setOf(STRING)), net.cidrMerge),
  row('numbers.range_step', fn([NUMBER, NUMBER, NUMBER], arrayOf(NUMBER)), rangeStep),
  row('object.subset', fn([subsetOperand(), subsetOperand()], BOOLEAN), objectSubset),
  row('regex.find_n', fn([STRING, STRING, NUMBER], STRINGS), regex.findN),
  row('regex.globs_match', fn([STRING, STRING], BOOLEAN), globsMatch),
  row('regex.replace', fn([STRING, STRING, STRING], STRING), regex.replace),
  row('regex.split', fn([STRING, STRING], STRINGS), regex.split),
  row('regex.template_match', fn([STRING, STRING, STRING, STRING], BOOLEAN), regex.templateMatch),
  row('semver.compare', fn([STRING, STRING], NUMBER), semver.compare),
  row('semver.is_valid', fn([ANY], BOOLEAN), semver.isValid),
  row('sprintf', fn([STRING, arrayOf(ANY)], STRING), strings.sprintf),
  row('strings.any_prefix_match', fn([STRING_OR_STRINGS, STRING_OR_STRINGS], BOOLEAN), strings.anyPrefixMatch),
  row('strings.any_suffix_match', fn([STRING_OR_STRINGS, STRING_OR_STRINGS], BOOLEAN), strings.anySuffixMatch),
  row('strings.count', fn([STRING, STRING], NUMBER), strings.count),
  row('strings.render_template', fn([STRING, mapOf(STRING, ANY)], STRING), renderTemplate),
  row('strings.split_n', fn([STRING, STRING, NUMBER], STRINGS), strings.splitN),
  row('time.add_date', fn([NUMBER, NUMBER, NUMBER, NUMBER], NUMBER), time.addDate),
  row('time.clock', fn([INSTANT], tuple(NUMBER, NUMBER, NUMBER)), time.clock),
  row('time.date', fn([INSTANT], tuple(NUMBER, NUMBER, NUMBER)), time.date),
  row('time.diff', fn([INSTANT, INSTANT], tuple(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)), time.diff),
  row('time.format', fn([anyOf(NUMBER, tuple(NUMBER, STRING), tuple(NUMBER, STRING, STRING))], STRING), time.format),
  row('time.now_ns', fn([], NUMBER), time.nowNs),
  row('time.parse_duration_ns', fn([STRING], NUMBER), time.parseDurationNs),
  row('time.parse_ns', fn([STRING, STRING], NUMBER), time.parseNs),
  row('time.parse_rfc3339_ns', fn([STRING], NUMBER), time.parseRfc3339Ns),
  row('time.weekday', fn([INSTANT], STRING), time.weekday),
  row('units.parse', fn([STRING], NUMBER), units.parse),
  row('units.parse_bytes', fn([STRING], NUMBER), units.parseBytes),
  row('uri.is_valid', fn([STRING], BOOLEAN), uri.isValid),
  row('uri.parse', fn([STRING], mapOf(STRING, STRING)), uri.parse),
  row('urlquery.decode', fn([STRING], STRING), uri.decode),
  row('urlquery.decode_object', fn([STRING], mapOf(STRING, STRINGS)), uri.decodeObject),
  row('urlquery.encode', fn([STRING], STRING), uri.encode),
  row('urlquery.encode_object', fn([mapOf(STRING, STRING_OR_STRINGS)], STRING), uri.encodeObject),
  row('uuid.parse', fn([STRING], mapOf(STRING, ANY)), uuid.parse),
  row('yaml.is_valid', fn([STRING], BOOLEAN), yaml.isValid),
  row('yaml.marshal', fn([ANY], STRING), yaml.marshal),
  row('yaml.unmarshal', fn([STRING], ANY), yaml.unmarshal),
];

function subsetOperand(): TypeDecl {
  return anyOf(arrayOf(ANY), OBJECT, setOf(ANY));
}

/** Verdict's own built-ins. */
export const CUSTOM: readonly Builtin[] = [
  row(
    'spdx.evaluate',
    fn(
      [STRING, record({ allow: ANY, deny: ANY })],
      record({
        denied: STRINGS,
        licences: STRINGS,
        permitted: BOOLEAN,
        unknown: STRINGS,
        valid: BOOLEAN,
      }),
    ),
    evaluateLicence,
  ),
];

/** Every built-in by name. One is added here: a function in a file of this folder, and a row above. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  [...STANDARD, ...CUSTOM].map((builtin) => [builtin.name, builtin]),
);
