import { readFileSync, statSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import { unreadableFile } from '../shared/unreadable-file.ts';
import type { TroubleshootOptions } from './options.ts';

const LARGEST = 16 * 1024 * 1024;

/**
 * Answers by the name of their step, from `--answers <file>` and `--answer step=answer`; the latter go before.
 * Throws USAGE, INVALID_DATA, STORAGE_UNAVAILABLE.
 */
export async function givenAnswers({
  answers,
  answer = [],
}: TroubleshootOptions): Promise<Readonly<Record<string, string>>> {
  const fromFile = answers === undefined ? [] : await fileAnswers(answers);
  return Object.fromEntries([...fromFile, ...answer.map(oneAnswer)]);
}

function oneAnswer(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1)];
  throw new AppError('USAGE', `--answer takes step=answer.`, {
    hint: 'As in: --answer limit-reached.key-kind=mak',
  });
}

async function fileAnswers(path: string): Promise<readonly (readonly [string, string])[]> {
  const value = await parse(readText(path), path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, 'it is no object of steps and answers');
  }
  return Object.entries(value).map(([step, said]) => {
    if (typeof said === 'string') return [step, said] as const;
    // YAML takes yes, no and codes for what they look like.
    if (typeof said === 'boolean') return [step, said ? 'yes' : 'no'] as const;
    if (typeof said === 'number') return [step, String(said)] as const;
    throw invalid(path, `the answer to "${step.slice(0, 80)}" is no text`);
  });
}

function readText(path: string): string {
  try {
    if (statSync(path).size > LARGEST) throw invalid(path, 'it is larger than 16 MiB');
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadableFile(
      error,
      path,
      'Name a file such as: {"symptom": "limit", "limit-reached.key-kind": "mak"}',
    );
  }
}

/** JSON is YAML too, but its parser is here already. */
async function parse(text: string, path: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { parseDocument } = await import('yaml');
    const document = parseDocument(text);
    const [problem] = document.errors;
    if (problem === undefined) return document.toJS({ maxAliasCount: 10 });
    throw invalid(path, `line ${problem.linePos?.[0].line ?? 1} is neither JSON nor YAML`);
  }
}

function invalid(path: string, why: string): AppError {
  return new AppError('INVALID_DATA', `The answers in ${path} cannot be read: ${why}.`, {
    hint: 'As in: {"symptom": "limit", "limit-reached.key-kind": "mak"}',
    details: { path },
  });
}
