import { fileURLToPath } from 'node:url';
import { parseDuration } from '../duration.ts';
import type { JudgeDocument } from './document.ts';
import type { Making } from './making.ts';
import type { Section } from './section.ts';
import { pathOf, type Surroundings } from './surroundings.ts';

/** What a verifier adds to `policy.config` beyond what all have. */
export type Judgement = Partial<JudgeDocument>;

const SARIF = 'application/sarif+json';
/** The schema that comes with Verdict. */
const STARTER = 'starter';
/** The SARIF schema under its several addresses. */
const SARIF_SCHEMA = /^https?:\/\/.*\/sarif(?:-schema)?-2\.1\.0[^/]*\.json$/;

/** Licences and packages that no SBOM may list. */
export function sbom(section: Section): Judgement {
  const packages = section.sections('disallowedPackages').map((one) => {
    const name = one.text('name');
    const version = one.text('version');
    if (name === '') one.notes.fault(one.pointer, 'give a `name`');
    one.end();
    return { name, ...(version === '' ? {} : { version }) };
  });
  return {
    ...given('disallowedLicenses', section.texts('disallowedLicenses')),
    ...given('disallowedPackages', packages),
  };
}

/** The only licences that packages may have. */
export const licensechecker = (section: Section): Judgement =>
  given('allowedLicenses', section.texts('allowedLicenses'));

/** What no scanner's report may say. */
export function vulnerabilityreport(section: Section, making: Making): Judgement {
  const created = section.text('createdAnnotationName');
  const age = section.text('maximumAge');
  const maximumAge = age === '' ? 0 : parseDuration(age);
  if (maximumAge === undefined) section.notes.fault(section.at('maximumAge'), 'it must be a duration such as 24h');
  reportSchema(section, making);
  return {
    ...(created === '' ? {} : { createdAnnotation: created }),
    ...(maximumAge === undefined || maximumAge === 0 ? {} : { maximumAge }),
    ...given('disallowedSeverities', section.texts('disallowedSeverities')),
    ...given('denylistCVEs', section.texts('denylistCVEs')),
    ...(section.flag('passthrough') ? { passthrough: true } : {}),
  };
}

/** The schema of reports: Ratify's own, unless one is named. */
function reportSchema(section: Section, making: Making): void {
  const url = section.text('schemaURL');
  const path = fileOf(url, making.surroundings);
  const isSarif = url === '' || SARIF_SCHEMA.test(url);
  if (path === undefined && !isSarif) {
    section.notes.fault(section.at('schemaURL'), 'schemas are not fetched: download it and give its path');
    return;
  }
  const pointer = section.at('schemaURL');
  const known = making.schemas.get(SARIF)?.source ?? STARTER;
  if (isSarif) {
    if (known === STARTER) making.schemas.set(SARIF, { source: STARTER, pointer });
    section.notes.change(
      pointer,
      'Reports are checked against Verdict’s schema of SARIF 2.1.0, which asks for what is read.',
    );
  } else if (known === STARTER || known === path) making.schemas.set(SARIF, { source: path ?? '', pointer });
  else section.notes.fault(pointer, `${SARIF} has another schema already: ${known}`);
}

/** Media types with the schemas that documents must fit. */
export function schemavalidator(section: Section, making: Making): Judgement {
  const schemas = section.section('schemas');
  if (schemas === undefined) section.notes.fault(section.at('schemas'), 'give schemas by media type');
  const mediaTypes = (schemas?.entries() ?? []).flatMap(([mediaType]) => {
    const pointer = schemas?.at(mediaType) ?? '';
    const url = schemas?.text(mediaType) ?? '';
    const path = fileOf(url, making.surroundings);
    if (path === undefined) {
      section.notes.change(
        pointer,
        `Schemas are not fetched, and ${mediaType} never passes until you download it and give its path.`,
      );
      return [];
    }
    const known = making.schemas.get(mediaType)?.source ?? STARTER;
    if (known !== STARTER && known !== path) {
      section.notes.change(pointer, `${mediaType} has another schema already, and never passes under this one.`);
      return [];
    }
    making.schemas.set(mediaType, { source: path, pointer });
    return [mediaType];
  });
  return given('mediaTypes', mediaTypes);
}

/** The path that a URL or a path names; undefined where it is somewhere else. */
function fileOf(text: string, surroundings: Surroundings): string | undefined {
  if (/^file:\/\/\/(?!.*%2f)/i.test(text)) return fileURLToPath(text);
  return text === '' || /^[a-z][a-z0-9+.-]*:/i.test(text) ? undefined : pathOf(text, surroundings);
}

const given = <K extends string, T>(key: K, list: readonly T[]): { readonly [key in K]?: readonly T[] } =>
  list.length === 0 ? {} : ({ [key]: list } as { readonly [key in K]?: readonly T[] });
