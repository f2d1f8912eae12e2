/** Formats of an answer (`-o`), in the order in which people are told of them. */
export const OUTPUT_FORMATS = ['table', 'json', 'jsonl', 'csv', 'yaml'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
/** Those that take whatever an expression makes of an answer. */
export type QueryFormat = Exclude<OutputFormat, 'table' | 'csv'>;
