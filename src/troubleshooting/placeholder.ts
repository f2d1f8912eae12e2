import type { RemedyView, Step, WalkEvent } from './types.ts';

/** In the texts of the knowledge: where a command takes a product. */
const PLACEHOLDER = '<product>';

/** A text whose commands can be pasted: the product by its id, if one is known. */
export function nameProduct(text: string, productId: string | null): string {
  return productId === null ? text : text.replaceAll(PLACEHOLDER, productId);
}

/** The same for all that is shown of a step. */
export function nameInStep(step: Step, productId: string | null): Step {
  const named = (text: string): string => nameProduct(text, productId);
  const remedyNamed = (remedy: RemedyView): RemedyView => ({ ...remedy, text: named(remedy.text) });
  const base = { text: named(step.text) };
  switch (step.kind) {
    case 'question':
      return { ...step, ...base };
    case 'confirm':
      return { ...step, ...base, remedy: remedyNamed(step.remedy) };
    case 'remedy':
      return { ...step, ...base, remedy: remedyNamed(step.remedy), test: named(step.test) };
    default:
      return {
        ...step,
        ...base,
        advice: step.advice.map((remedy) => ({ ...remedy, text: named(remedy.text) })),
      };
  }
}

/** The same for what happened. */
export function nameInEvent(event: WalkEvent, productId: string | null): WalkEvent {
  return { ...event, text: nameProduct(event.text, productId) };
}
