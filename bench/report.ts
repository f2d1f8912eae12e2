import type { Measured, Observed } from './measure.ts';

/** One line of the table. */
export interface Line {
  readonly what: string;
  readonly value: string;
  readonly byCpu: string;
  readonly target: string;
  /** Undefined for what is no matter of ours and only explains another line. */
  readonly met: boolean | undefined;
  readonly memory: string;
}

interface Target {
  readonly value: number;
  /** Whether more is better. */
  readonly atLeast: boolean;
  readonly unit: string;
}

export const atMost = (value: number, unit = ''): Target => ({ value, atLeast: false, unit });
export const atLeast = (value: number, unit = ''): Target => ({ value, atLeast: true, unit });

const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;

/** A whole process against `node -e 0`, and what it may cost. */
export function ratioLine(what: string, measured: Measured, most: number): Line {
  const { ratio, cpuRatio, peakMiB } = measured;
  return {
    what,
    value: times(ratio),
    byCpu: cpuRatio === null ? '' : times(cpuRatio),
    target: `≤ ${most} ×`,
    met: ratio <= most,
    memory: mebibytes(peakMiB),
  };
}

/** So many in a time: by the clock, and by the processor time of the one process. */
export function rateLine(
  what: string,
  count: number,
  run: Pick<Observed, 'exit' | 'cpu' | 'peakMiB'>,
  least: number,
): Line {
  const rate = (milliseconds: number): string =>
    Math.round(count / (milliseconds / 1000)).toLocaleString('en');
  const line = numberLine(what, count / (run.exit / 1000), atLeast(least), run.peakMiB);
  return { ...line, byCpu: run.cpu === null ? '' : rate(run.cpu) };
}

/** Something else than a ratio. */
export function numberLine(what: string, value: number, target: Target, peakMiB: number | null = null): Line {
  const shown = (number: number): string =>
    [number.toLocaleString('en', { maximumFractionDigits: number < 10 ? 1 : 0 }), target.unit]
      .join(' ')
      .trim();
  return {
    what,
    value: shown(value),
    byCpu: '',
    target: `${target.atLeast ? '≥' : '≤'} ${shown(target.value)}`,
    met: target.atLeast ? value >= target.value : value <= target.value,
    memory: mebibytes(peakMiB),
  };
}

/** What the machine itself gives. */
export function factLine(what: string, value: number, unit = ''): Line {
  const line = numberLine(what, value, atLeast(0, unit));
  return { ...line, target: '', met: undefined };
}

/** The table as Markdown, readable as it is. */
export function table(lines: readonly Line[]): string {
  const rows = [
    ['', 'measured', 'by processor time', 'target', 'met', 'peak memory'],
    ...lines.map(({ what, value, byCpu, target, met, memory }) => [
      what,
      value,
      byCpu,
      target,
      met === undefined ? '' : met ? 'yes' : 'no',
      memory,
    ]),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const text = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...rest] = rows;
  return [text(head), text(widths.map((width) => '-'.repeat(width))), ...rest.map(text)].join('');
}

function mebibytes(value: number | null): string {
  return value === null ? '' : `${Math.ceil(value)} MiB`;
}
