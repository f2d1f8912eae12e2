import { release, type } from 'node:os';
import type { Context } from '../../context.ts';
import { harmlessJson } from '../../terminal/escape.ts';
import { makeTranscript } from '../../troubleshooting/transcript.ts';
import { transcriptMarkdown } from '../../troubleshooting/transcript-markdown.ts';
import { VERSION } from '../../version.ts';
import { writeOwnFile } from '../shared/out-file.ts';
import { now, type Walking } from './walking.ts';

/**
 * Writes the support request: JSON if the file's name ends so, else Markdown. Names of machines only if asked for.
 * Throws USAGE, CONFIRMATION_REQUIRED, STORAGE_UNAVAILABLE, CANCELLED.
 */
export async function writeRequest(path: string, { context, options, state, walk }: Walking): Promise<void> {
  const transcript = makeTranscript({
    state,
    facts: walk.facts,
    knowledge: walk.knowledge,
    now: now(context),
    versions: versions(context),
    includePersonal: options.includePersonal === true,
  });
  const text = path.toLowerCase().endsWith('.json')
    ? `${harmlessJson(transcript, 2)}\n`
    : transcriptMarkdown(transcript);
  await writeOwnFile(path, text, context);
  context.terminal.note(`Wrote the support request to ${path}. Read it before you send it.`);
}

function versions({ surroundings }: Context): Readonly<Record<string, string>> {
  return {
    'mpn-benefits': VERSION,
    'Node.js': surroundings.nodeVersion,
    'Operating system': `${type()} ${release()}`,
  };
}
