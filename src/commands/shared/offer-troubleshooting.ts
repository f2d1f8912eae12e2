import type { Context } from '../../context.ts';
import { confirm } from '../../terminal/prompts.ts';

/**
 * On a terminal: offers to look for the cause of a failed activation at once, and leads through it. True if that was
 * taken up. Leaving it is no failure of its own: whoever calls has one to tell already.
 */
export async function offerTroubleshooting(
  context: Context,
  code: string | null,
  productId: string,
): Promise<boolean> {
  const { terminal } = context;
  if (!terminal.canPrompt || terminal.yes) return false;
  const { AppError } = await import('../../errors.ts');
  try {
    const message = `The activation failed${code === null ? '' : ` with ${code}`}. Look for the cause now?`;
    if (!(await confirm(terminal, { message, flag: 'mpn-benefits troubleshoot' }))) return false;
    const { talkThrough } = await import('../troubleshoot/walkthrough.ts');
    await talkThrough(
      {
        text: code === null ? [] : [code],
        scenario: code === null ? 'not-activated' : undefined,
        product: productId,
      },
      context,
    );
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'CANCELLED') return false;
    throw error;
  }
}
