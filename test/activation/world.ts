import { createHash } from 'node:crypto';
import { type Activation, foldActivation } from '../../src/activation/activations.ts';
import { type ChainRow, genesis, nextEvent, type StoredEvent } from '../../src/activation/chain.ts';
import { parseEvent } from '../../src/activation/event-reader.ts';
import type { EventBody, LedgerEvent } from '../../src/activation/events.ts';
import type { HardwareProfile, Hashes } from '../../src/activation/hardware.ts';
import { fromEventHardware } from '../../src/activation/hardware-file.ts';
import { MachineHistory } from '../../src/activation/machine-history.ts';
import type { Machine } from '../../src/activation/machines.ts';
import { type CountedKey, poolsOf } from '../../src/activation/numbers.ts';
import { planActivation } from '../../src/activation/plan.ts';
import type { ActivationPlan, CountedPlan, PlanInput, PlanKey } from '../../src/activation/plan-types.ts';
import type { PolicyId } from '../../src/activation/policy.ts';
import { machineEventsOf, reservationOf } from '../../src/activation/reserve.ts';
import { type Settlement, settle } from '../../src/activation/settle.ts';
import { HARDWARE_TABLE } from '../../src/data/hardware.ts';
import { POLICIES } from '../../src/data/policies.ts';
import type { Tri } from '../../src/entitlements/types.ts';

export const sha256Hex = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

export const LEDGER = '6f1c2a52-7c0e-4b5e-9a39-0d6c5b1f2e77';

/** The row of a chain that has no events yet. */
export const emptyChain = (chain: string): ChainRow => ({
  chain,
  used: 0,
  lastSeq: 0,
  head: genesis(LEDGER, chain, sha256Hex),
});

const NAMES = [...HARDWARE_TABLE.characteristics, ...HARDWARE_TABLE.decisive].map(({ name }) => name);

/** A machine whose characteristics are all known, each with one hash; `changes` overrule. */
export function hardware(
  machine: string,
  changes: Readonly<Record<string, Hashes>> = {},
  flags: { readonly virtual?: boolean; readonly portable?: boolean } = {},
): HardwareProfile {
  const own = Object.fromEntries(NAMES.map((name) => [name, [sha256Hex(`${machine} ${name}`).slice(0, 5)]]));
  return {
    schema: 'mpn-benefits/hardware/1',
    machine,
    virtual: flags.virtual ?? false,
    portable: flags.portable ?? false,
    characteristics: { ...own, ...changes },
  };
}

/** A machine of which nothing is known but what is given. */
export function barely(machine: string, known: Readonly<Record<string, Hashes>>): HardwareProfile {
  return hardware(machine, { ...Object.fromEntries(NAMES.map((name) => [name, null])), ...known });
}

export interface WorldKey {
  readonly id: string;
  readonly last5: string;
  readonly type?: CountedKey['type'];
  readonly mark?: CountedKey['mark'];
  readonly allowed?: number | null;
  readonly productIds?: readonly string[];
  readonly policy?: PolicyId;
  readonly claimedOn?: string;
}

/** A profile in memory: the pure rules put together the way a store puts them together. */
export class World {
  readonly rows: StoredEvent[] = [];
  readonly chains = new Map<string, ChainRow>();
  readonly keys: WorldKey[];
  requiresActivation: Tri = 'yes';
  #now = Date.UTC(2026, 10, 24, 10, 0, 0);
  #ids = 0;

  constructor(...keys: WorldKey[]) {
    this.keys = keys;
  }

  id(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  append(chain: string, body: EventBody): LedgerEvent {
    this.#now += 1000;
    const row = this.chains.get(chain) ?? emptyChain(chain);
    if (row.lastSeq === 0 && chain !== 'profile' && chain !== 'access') {
      const keyLast5 = this.keys.find(({ id }) => id === chain)?.last5 ?? null;
      this.append('profile', { type: 'chain-opened', delta: 0, actor: null, opened: chain, keyLast5 });
    }
    const appended = nextEvent(row, body, {
      ledger: LEDGER,
      id: this.id(),
      at: new Date(this.#now),
      sha256Hex,
    });
    this.rows.push(appended.stored);
    this.chains.set(chain, appended.chain);
    return appended.event;
  }

  events(chain: string): LedgerEvent[] {
    return this.rows.filter((row) => row.chain === chain).map(({ text }) => parseEvent(text));
  }

  fold(key: string) {
    const events = this.events(key);
    const own = Map.groupBy(events, (event) => ('activationId' in event ? event.activationId : null));
    own.delete(null);
    const activations = [...own.values()]
      .map(foldActivation)
      .filter((activation) => activation !== undefined);
    const pending = activations.filter(({ status }) => status === 'pending');
    return {
      used: events.reduce((sum, { delta }) => sum + delta, 0),
      pending: pending.reduce((sum, { delta }) => sum + delta, 0),
      activations,
    };
  }

  activations(): Activation[] {
    return this.keys.flatMap(({ id }) => this.fold(id).activations);
  }

  machines(): Machine[] {
    const history = new MachineHistory();
    for (const [number, { text }] of this.rows.entries()) history.hear(parseEvent(text), number);
    return [...history.machines].map(([id, { hardware: told, hardwareAt: _, ...machine }]) => ({
      ...machine,
      id,
      hardware: fromEventHardware(machine.name, told),
    }));
  }

  planKeys(): PlanKey[] {
    const counted = this.keys.map((key): CountedKey => {
      const { used, pending } = this.fold(key.id);
      return {
        id: key.id,
        type: key.type ?? 'mak',
        mark: key.mark ?? 'active',
        productIds: key.productIds ?? ['windows-server'],
        allowedExplicit: key.allowed === undefined ? 10 : key.allowed,
        allowedByType: null,
        used,
        pending,
      };
    });
    const pools = poolsOf({
      keys: counted,
      requiresActivation: () => this.requiresActivation,
      entitlements: [],
    });
    return this.keys.flatMap((key): PlanKey[] => {
      const pool = pools.get(key.id);
      if (pool === undefined) return [];
      return [
        {
          id: key.id,
          last5: key.last5,
          type: key.type ?? 'mak',
          mark: key.mark ?? 'active',
          remaining: pool.numbers.remaining,
          unlimited: pool.numbers.unlimited,
          claimedOn: key.claimedOn ?? null,
          counted: pool.counted,
          why: pool.why,
          numbers: pool.numbers,
          policy: key.policy ?? 'documented',
          history: this.fold(key.id).activations,
          warning: pool.warning,
        },
      ];
    });
  }

  plan(machine: string | HardwareProfile, more: Partial<PlanInput> = {}): ActivationPlan {
    const given = typeof machine === 'string' ? null : machine;
    return planActivation({
      product: {
        id: 'windows-server',
        name: 'Windows Server',
        requiresActivation: { value: this.requiresActivation, why: 'a test says so' },
      },
      productWarning: null,
      keys: this.planKeys(),
      wish: {},
      machine: { name: given?.machine ?? String(machine), hardware: given },
      machines: this.machines(),
      assume: null,
      reason: null,
      purpose: 'internal',
      via: 'script',
      policies: POLICIES,
      hardwareTable: HARDWARE_TABLE,
      ...more,
    });
  }

  /** Plans and expects something to be counted. */
  counted(machine: string | HardwareProfile, more: Partial<PlanInput> = {}): CountedPlan {
    const plan = this.plan(machine, more);
    if (plan.status !== 'planned') throw new Error('nothing to count');
    return plan;
  }

  /** Plans, reserves and leaves pending; gives the id of the activation. */
  reserve(machine: string | HardwareProfile, more: Partial<PlanInput> = {}) {
    const plan = this.counted(machine, more);
    if (plan.refusal !== null) throw new Error('refused');
    const ids = { activationId: this.id(), machineId: this.id(), actor: 'ada' };
    for (const event of machineEventsOf(plan, ids)) this.append('profile', event);
    const body = reservationOf(plan, ids);
    if (body !== undefined) this.append(plan.keyId, body);
    return { plan, activationId: plan.continues ?? ids.activationId };
  }

  settle(activationId: string, settlement: Partial<Settlement> = {}): EventBody | null {
    const activation = this.activation(activationId);
    const outcome = { outcome: 'succeeded' as const, code: null, reason: null, actor: null };
    const event = settle(activation, { ...outcome, ...settlement });
    if (event !== null) this.append(activation.keyId, event);
    return event;
  }

  /** The whole of it: plan, reserve, succeed. */
  activate(machine: string | HardwareProfile, more: Partial<PlanInput> = {}): CountedPlan {
    const { plan, activationId } = this.reserve(machine, more);
    this.settle(activationId);
    return plan;
  }

  activation(id: string): Activation {
    const activation = this.activations().find(({ activationId }) => activationId === id);
    if (activation === undefined) throw new Error('no such activation');
    return activation;
  }
}
