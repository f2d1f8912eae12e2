import type { ChalkInstance } from 'chalk';

/** Colours by meaning. Each function gives its text back unchanged where colour is off. */
export interface Palette {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
}

const same = (text: string): string => text;

/** The palette of a stream without colour. */
export const PLAIN: Palette = { strong: same, faint: same, good: same, warn: same, bad: same, accent: same };

/**
 * A palette whose colours survive sanitising. Text for people is sanitised as a whole when it is written, escape
 * sequences included, so that no renderer can forget it. Our own colours are therefore carried by a mark that no file
 * can contain, because part of it is drawn by lot for each run; `reveal` turns it into escapes after sanitising.
 */
export interface Paint {
  readonly palette: Palette;
  /** Turns the marks of this palette into escape sequences; marks of anybody else lose their effect. */
  readonly reveal: (text: string) => string;
}

/**
 * U+10FFFE is no character and never will be one. A mark begins and ends with it: to whoever looks for a product key in
 * a message, coloured text then begins and ends where it seems to.
 */
const MARK = '\u{10FFFE}';
const ANY_MARK = /\u{10FFFE}(?:[01]+:[0-9;]+\u{10FFFE})?/gu;

/** Text without the colours of any palette: what its width is measured by. */
export function withoutColour(text: string): string {
  return text.includes(MARK) ? text.replace(ANY_MARK, '') : text;
}

export const NO_PAINT: Paint = { palette: PLAIN, reveal: withoutColour };

/**
 * @param chalk an instance of its own for each stream: chalk's default one reads the environment by itself and does
 *   not know NO_COLOR.
 * @param lot what makes the marks unforgeable: zeros and ones, different in each run.
 */
export function createPaint(chalk: ChalkInstance, lot: string): Paint {
  const own = new RegExp(`${MARK}${lot}:([0-9;]+)${MARK}`, 'gu');
  const mark = (code: string): string => code.replace(/\u001B\[([0-9;]+)m/, `${MARK}${lot}:$1${MARK}`);
  const brush = (style: ChalkInstance) => {
    const [open = '', close = ''] = style('|').split('|').map(mark);
    return (text: string): string => {
      if (text === '') return text;
      // The end of a colour inside this one would end this one too: start it again.
      return open + text.replaceAll(close, close + open) + close;
    };
  };
  const palette: Palette = {
    strong: brush(chalk.bold),
    faint: brush(chalk.dim),
    good: brush(chalk.green),
    warn: brush(chalk.yellow),
    bad: brush(chalk.red),
    accent: brush(chalk.cyan),
  };
  return { palette, reveal: (text) => withoutColour(text.replace(own, '\u001B[$1m')) };
}
