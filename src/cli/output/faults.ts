import { plural, printable, type Style } from './style.ts';

/** One fault in a file; without a code where the file is a configuration. */
export interface ShownFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly severity: 'error' | 'warning';
  readonly code?: string;
}

/** Faults as editors and terminals understand them, `file:line:column: …`, and how many there are. */
export function describeFaults(faults: readonly ShownFault[], look: Style): string {
  const lines = faults.map(({ file, line, column, message, severity, code }) => {
    const place = file === '' ? '' : `${printable(file)}${line > 0 ? `:${line}:${column}` : ''}: `;
    const mark = severity === 'error' ? look.bad('error') : look.warn('warning');
    return `${look.strong(place)}${mark}: ${printable(message)}${code === undefined ? '' : look.faint(` [${code}]`)}`;
  });
  const errors = faults.filter((fault) => fault.severity === 'error').length;
  const counts = [plural(errors, 'error'), plural(faults.length - errors, 'warning')].join(', ');
  return faults.length === 0 ? '' : `${lines.join('\n')}\n\n${counts}\n`;
}
