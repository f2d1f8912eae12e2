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
