import { availableParallelism, cpus } from 'node:os';
import type { Cell, Result } from './bench.ts';
import { type Verdicts, wrongOf } from './verdicts.ts';

/** Where figures were taken. */
export const machine = (): string =>
  `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node.js ${process.versions.node}`;

const cell = (value: Cell): string => (value === undefined ? '–' : String(value));
const row = (cells: readonly Cell[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** A result as a table in Markdown. */
export function markdown({ name, note, columns, rows, controls }: Result): string {
  return [
    `### ${name}`,
    '',
    `${note}. ${controlsText(controls)}`,
    '',
    row(columns),
    row(columns.map(() => '---')),
    ...rows.map(row),
    '',
  ].join('\n');
}

const controlsText = (controls: Verdicts): string =>
  `Images that must be denied, asked beside it: ${controls.right + wrongOf(controls)}, wrong: ${wrongOf(controls)}.`;
