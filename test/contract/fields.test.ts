import { describe, expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod/mini';
import type { Activation } from '../../src/activation/activations.ts';
import type { MachineRow } from '../../src/activation/machines.ts';
import type { ActivationPlan } from '../../src/activation/plan-types.ts';
import type { LedgerReport } from '../../src/activation/verify.ts';
import type { ProductView } from '../../src/backend/backend.ts';
import {
  ENTITLEMENT_FIELDS,
  type EntitlementRow,
  type FileReport,
  type ImportSummary,
  type KeyView,
  type LapsingRow,
  type OfferView,
  type RevealView,
  type UndoReport,
  type UsageRow,
} from '../../src/backend/rows.ts';
import { entitlementRow } from '../../src/contract/entitlements.ts';
import type { AnswerOf } from '../../src/contract/operations.ts';

type Item<Id extends Parameters<typeof idOf>[0]> =
  AnswerOf<Id> extends { readonly items: (infer I)[] } ? I : never;
declare function idOf(id: keyof typeof import('../../src/contract/operations.ts').OPERATIONS): void;

describe('what comes over the network', () => {
  it('is what commands expect of a backend, field by field', () => {
    expectTypeOf<z.output<typeof entitlementRow>>().toExtend<EntitlementRow>();
    expectTypeOf<EntitlementRow>().toExtend<Readonly<z.output<typeof entitlementRow>>>();
    expectTypeOf<Item<'listKeys'>>().toExtend<KeyView>();
    expectTypeOf<Item<'listUsage'>>().toExtend<UsageRow>();
    expectTypeOf<Item<'listLapsing'>>().toExtend<LapsingRow>();
    expectTypeOf<Item<'listOffers'>>().toExtend<OfferView>();
    expectTypeOf<Item<'listAccess'>>().toExtend<RevealView>();
    expectTypeOf<Item<'listMachines'>>().toExtend<MachineRow>();
    expectTypeOf<Item<'listActivations'>>().toExtend<Activation>();
    expectTypeOf<Item<'listImports'>>().toExtend<ImportSummary>();
    expectTypeOf<AnswerOf<'getProduct'>>().toExtend<ProductView>();
    expectTypeOf<AnswerOf<'planActivation'>>().toExtend<ActivationPlan>();
    expectTypeOf<AnswerOf<'verifyLedger'>>().toExtend<LedgerReport>();
    expectTypeOf<AnswerOf<'addImport'>['report']>().toExtend<FileReport>();
    expectTypeOf<AnswerOf<'undoImport'>>().toExtend<UndoReport>();
  });

  it('has the fields in the order of the command line', () => {
    expect(Object.keys(entitlementRow.shape)).toEqual([...ENTITLEMENT_FIELDS]);
  });
});
