import type { Activations, Backend } from '../../backend/backend.ts';
import { AppError } from '../../errors.ts';

/** How an id begins: nothing else is looked for among all activations, which may be a service's. */
const BEGINNING = /^a(?:-[a-z0-9]*)?$/;

/** So many are named where a beginning fits several. */
const MOST_NAMED = 5;

/**
 * The activation that is meant by its id, in small letters or capitals, or by a beginning that only one has. Throws
 * NOT_FOUND, AMBIGUOUS.
 */
export async function activationCalled(typed: string, backend: Backend): ReturnType<Activations['show']> {
  const id = typed.trim().toLowerCase();
  try {
    return await backend.activations.show(id);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'NOT_FOUND' || !BEGINNING.test(id)) throw error;
    const [only, ...others] = await idsThatBegin(id, backend);
    if (only === undefined) throw error;
    if (others.length === 0) return backend.activations.show(only);
    const named = [only, ...others].slice(0, MOST_NAMED);
    throw new AppError('AMBIGUOUS', `The ids of several activations begin with ${id.slice(0, 40)}.`, {
      hint: `Give more of it: ${named.join(', ')}${others.length < MOST_NAMED ? '' : ', …'}`,
      details: { candidates: named },
    });
  }
}

async function idsThatBegin(id: string, { activations }: Backend): Promise<string[]> {
  const found: string[] = [];
  for await (const { activationId } of activations.list({ begins: id })) {
    if (activationId.startsWith(id)) found.push(activationId);
    if (found.length > MOST_NAMED) break;
  }
  return found;
}
