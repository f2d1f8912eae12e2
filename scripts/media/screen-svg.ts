import type { IBufferCell, Terminal } from '@xterm/headless';

/** Colours of the sixteen that terminals have, and of the screen itself. */
const BACKGROUND = '#0d1117';
const BAR = '#161b22';
const BORDER = '#30363d';
const TEXT = '#e6edf3';
const COLOURS = [
  ...['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ...['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
];
const DIM = '#8b949e';

const FONT_SIZE = 14;
/** Of a cell. A text is stretched to its cells, so any monospaced font will do. */
const WIDTH = 8.4;
const HEIGHT = 19;
const MARGIN = 18;
const BAR_HEIGHT = 34;

interface Style {
  readonly colour: string;
  readonly bold: boolean;
  readonly underlined: boolean;
}

interface Run {
  readonly column: number;
  readonly cells: number;
  readonly text: string;
  readonly style: Style;
}

function styleOf(cell: IBufferCell): Style {
  const colour = cell.isFgPalette() ? (COLOURS[cell.getFgColor()] ?? TEXT) : cell.isDim() ? DIM : TEXT;
  return { colour, bold: cell.isBold() !== 0, underlined: cell.isUnderline() !== 0 };
}

const same = (a: Style, b: Style): boolean =>
  a.colour === b.colour && a.bold === b.bold && a.underlined === b.underlined;

/** A line as runs of one style; blanks between words of two styles belong to none. */
function runsOf(terminal: Terminal, row: number): Run[] {
  const line = terminal.buffer.active.getLine(row);
  const runs: Run[] = [];
  for (let column = 0; line !== undefined && column < terminal.cols; column += 1) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const text = cell.getChars() === '' ? ' ' : cell.getChars();
    const style = styleOf(cell);
    const last = runs.at(-1);
    const cells = cell.getWidth();
    if (last !== undefined && same(last.style, style) && last.column + last.cells === column)
      runs[runs.length - 1] = { ...last, cells: last.cells + cells, text: last.text + text };
    else runs.push({ column, cells, text, style });
  }
  return runs.flatMap(withoutBlanks);
}

/** The words of a run that more than one blank parts, so that columns begin where they should in any font. */
function withoutBlanks(run: Run): Run[] {
  return [...run.text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index }) => ({
    ...run,
    // Where every character has one cell; wide ones are not parted.
    column: run.text.length === run.cells ? run.column + index : run.column,
    cells: run.text.length === run.cells ? text.length : run.cells,
    text: run.text.length === run.cells ? text : run.text,
  }));
}

function spelled(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const round = (value: number): number => Math.round(value * 100) / 100;

function textOf(run: Run, row: number): string {
  const { colour, bold, underlined } = run.style;
  const attributes = [
    `x="${round(MARGIN + run.column * WIDTH)}" y="${round(BAR_HEIGHT + MARGIN + row * HEIGHT + FONT_SIZE)}"`,
    run.cells > 1 ? `textLength="${round(run.cells * WIDTH)}" lengthAdjust="spacingAndGlyphs"` : '',
    colour === TEXT ? '' : `fill="${colour}"`,
    bold ? 'font-weight="bold"' : '',
    underlined ? 'text-decoration="underline"' : '',
  ];
  return `<text ${attributes.filter((each) => each !== '').join(' ')}>${spelled(run.text)}</text>`;
}

/** The screen of a terminal, as far down as something is on it. */
export function screenSvg(terminal: Terminal, title: string): string {
  const lines = Array.from({ length: terminal.buffer.active.length }, (_, row) => runsOf(terminal, row));
  const rows = lines.findLastIndex((runs) => runs.length > 0) + 1;
  const columns = Math.max(...lines.flat().map(({ column, cells }) => column + cells));
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = BAR_HEIGHT + rows * HEIGHT + 2 * MARGIN - 4;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${20 + index * 18}" cy="${BAR_HEIGHT / 2}" r="5.5" fill="${colour}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${spelled(title)}">
<title>${spelled(title)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="${BACKGROUND}" stroke="${BORDER}"/>
<path d="M1 ${BAR_HEIGHT} V10 a9 9 0 0 1 9 -9 H${width - 10} a9 9 0 0 1 9 9 V${BAR_HEIGHT} Z" fill="${BAR}"/>
${dots.join('\n')}
<g fill="${TEXT}" font-family="ui-monospace, SFMono-Regular, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" xml:space="preserve">
${lines
  .slice(0, rows)
  .flatMap((runs, row) => runs.map((run) => textOf(run, row)))
  .join('\n')}
</g>
</svg>
`;
}
