/** Readers of answers that may be anything: what is not there or not of the right kind is unknown. */

export type Row = Readonly<Record<string, unknown>>;

export function row(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function rows(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.map(row) : [];
}

/** A text that says something, without the blanks around it. */
export function text(of: Row, field: string): string | null {
  const value = of[field];
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return null;
  const trimmed = value.trim();
  return trimmed === '' ? null : trimmed;
}

export function size(of: Row, field: string): number | null {
  const value = of[field];
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

export function isTrue(of: Row, field: string): boolean {
  return of[field] === true;
}

/** The given fields in one text, or null if one of them is unknown. */
export function joined(of: Row, fields: readonly string[]): string | null {
  const values = fields.map((field) => text(of, field));
  return values.includes(null) ? null : values.join(' ');
}
