import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { confirm } from '../../terminal/prompts.ts';

/**
 * On a terminal: offers to look for the cause of a failed activation at once, and leads through it. What goes wrong
 * with that is no failure of its own: whoever calls has one to tell already.
 */
export async function offerTroubleshooting(
  context: Context,
  code: string | null,
  productId: string,
): Promise<void> {
  const { terminal } = context;
  if (!terminal.canPrompt || terminal.yes) return;
  try {
    const message = `The activation failed${code === null ? '' : ` with ${code}`}. Look for the cause now?`;
    if (!(await confirm(terminal, { message, flag: 'mpn-benefits troubleshoot' }))) return;
    const { talkThrough } = await import('../troubleshoot/walkthrough.ts');
    await talkThrough(
      {
        text: code === null ? [] : [code],
        scenario: code === null ? 'not-activated' : undefined,
        product: productId,
      },
      context,
    );
  } catch (error) {
    if (error instanceof AppError && error.code === 'CANCELLED') return;
    terminal.warn(`The search for the cause has failed: ${reasonOf(error)}`);
    if (error instanceof Error) terminal.debug(error.stack ?? error.name);
  }
}

/** The text of a defect may quote anything: its name is enough. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return `a defect of mpn-benefits (${error instanceof Error ? error.name : typeof error}).`;
}
