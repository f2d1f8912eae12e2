import { numbersText } from './evidence.ts';
import type { Transcript } from './transcript.ts';

/** The support request as Markdown, for pasting into a ticket. */
export function transcriptMarkdown(transcript: Transcript): string {
  const { support } = transcript;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      'Versions',
      Object.entries(transcript.versions).map(([name, version]) => `${plain(name)}: ${plain(version)}`),
    ],
    ['Product and key', productLines(transcript)],
    ['Codes', codeLines(transcript)],
    ['What it means', meaningLines(transcript)],
    ['Likely causes', transcript.finding?.causes ?? []],
    ['What helps, from cheap to costly', transcript.finding?.remedies ?? []],
    ['Machines', machineLines(transcript)],
    ['Asked and answered', transcript.asked.map(askedLine)],
    ['Tried', transcript.tried.map(triedLine)],
    ['Not done, on purpose', transcript.declined],
    [
      'Checks',
      transcript.checks.map(({ title, result, evidence }) => `${title}: ${result}. ${plain(evidence)}`),
    ],
    ['How to file it', support.where],
    ['Technical support incidents of the membership', supportLines(support)],
  ];
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) => `## ${heading}\n\n${lines.map((line) => `- ${inline(line)}`).join('\n')}\n`);
  return [`# Support request\n\nWritten ${inline(transcript.createdAt)}.\n`, ...body].join('\n');
}

function productLines({ product, key, counts, otherKeys }: Transcript): readonly string[] {
  const lines = [`Product: ${product === null ? 'not known' : plain(product.name)}`];
  if (key) lines.push(`Key: last five ${key.last5}, type ${key.type}`);
  if (counts.granted !== null) lines.push(`Granted: ${counts.granted} activations`);
  if (counts.used !== null) {
    const { used, pending, allowed, remaining } = counts;
    lines.push(
      `Count: ${numbersText({ used, pending: pending ?? 0, allowed, remaining, unlimited: false })}`,
    );
  }
  if (counts.policy !== null) lines.push(`Counting policy: ${counts.policy}`);
  return [
    ...lines,
    ...otherKeys.map(({ last5, remaining }) => `Other key ${last5}: ${remaining ?? 'unknown'} left`),
  ];
}

function codeLines({ before, after, outcome }: Transcript): readonly string[] {
  const status = before.status === null ? '' : `, licence status ${before.status}`;
  return [
    `Before: ${before.codes.join(', ') || 'no code'}${status}`,
    `After: ${after.code ?? 'no code'}`,
    `Outcome: ${outcome}`,
  ];
}

function meaningLines({ finding }: Transcript): readonly string[] {
  if (finding === null) return [];
  return [finding.name === null ? finding.meaning : `${finding.name}: ${finding.meaning}`];
}

function machineLines({ machines, notSettled }: Transcript): readonly string[] {
  return [
    ...machines.map(
      ({ machine, activations, retiredOn }) =>
        `${plain(machine)}: activations ${activations}${retiredOn === null ? '' : `, retired ${retiredOn}`}`,
    ),
    ...notSettled.map(
      ({ activation, machine, at }) =>
        `${plain(activation)} on ${plain(machine)}, reserved ${at}, not settled`,
    ),
  ];
}

function askedLine({ question, answer, readFromRecord }: Transcript['asked'][number]): string {
  return `${question} ${answer}${readFromRecord ? ' (read, not asked)' : ''}`;
}

function triedLine({ remedy, outcome, before, after }: Transcript['tried'][number]): string {
  return `${remedy} Result: ${outcome} (before ${before ?? 'no code'}, after ${after ?? 'no code'})`;
}

function supportLines(support: Transcript['support']): readonly string[] {
  return [
    ...support.incidents.map(
      ({ program, incidents }) => `${program}: ${incidents} incidents for on-premises products`,
    ),
    support.who,
    support.ids,
    support.versions,
    support.remaining,
    ...support.messages.map(({ text, means }) => `If it says "${text}": ${means}`),
    ...support.links.map(({ title, url }) => `${title}: ${url}`),
  ];
}

/** On one line, without characters that a terminal or the text's direction would follow. */
function inline(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim();
}

/** Text of others, without what Markdown would act on. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|#!]/g, (character) => `\\${character}`);
}
