import type { Finding, Section } from '../doctor/check.ts';
import { plural, printable, type Style } from './style.ts';

const MARKS: Readonly<Record<Finding['level'], (look: Style) => string>> = {
  ok: (look) => look.good('✓'),
  warning: (look) => look.warn('!'),
  fault: (look) => look.bad('✗'),
};

/** One check for a person; empty where it found nothing to say. */
export function describeSection({ name, findings }: Section, look: Style): string {
  if (findings.length === 0) return '';
  return [look.strong(name), ...findings.flatMap((finding) => describeFinding(finding, look)), ''].join('\n');
}

function describeFinding({ level, text, next, ms }: Finding, look: Style): readonly string[] {
  const [first = '', ...more] = text.split('\n').map(printable);
  const time = ms === undefined ? '' : look.faint(`  ${Math.round(ms)} ms`);
  return [
    `  ${MARKS[level](look)} ${first}${time}`,
    ...more.map((line) => `    ${line}`),
    ...(next === '' ? [] : [look.faint(`    → ${printable(next)}`)]),
  ];
}

/** The last line. */
export function describeSum(sections: readonly Section[], look: Style): string {
  const findings = sections.flatMap((section) => section.findings);
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  const faults = count('fault');
  const warnings = count('warning');
  if (faults + warnings === 0) return `${look.good('✓')} all is well\n`;
  return `${plural(faults, 'fault')}, ${plural(warnings, 'warning')}\n`;
}
