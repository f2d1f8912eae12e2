import { canonicalJson } from '../../activation/canonical.ts';
import type { LedgerEvent } from '../../activation/events.ts';
import { machineNameKey } from '../../activation/machines.ts';
import type { LedgerFinding } from '../../activation/verify.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';
import { formerNames } from './machines.ts';

interface Standing {
  live: number;
  lastSeq: number;
  lastAt: string;
}

interface Activation {
  readonly standing: Standing;
  live: boolean;
}

interface Told {
  name: string;
  formerNames: string[];
  firstSeen: string;
  lastSeen: string;
  retiredOn: string | null;
  replacedBy: string | null;
  /** Canonical text of the hardware told last, and where in the ledger that was. */
  hardware: string | null;
  hardwareAt: number;
}

/** A database that is wrong throughout is told by its first findings. */
const MOST_FINDINGS = 100;

/**
 * What is derived from events and kept beside them, compared with what the events say: a machine's standing with a
 * key, and the machines themselves. Events come chain by chain, so that no more than one key's activations are held.
 */
export class DerivedTables {
  readonly #sql: Sql;
  readonly #findings: LedgerFinding[] = [];
  readonly #machines = new Map<string, Told>();
  #chain: string | null = null;
  #standings = new Map<string, Standing>();
  #activations = new Map<string, Activation>();
  readonly #checked = new Set<string>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * @param chain where the event stands.
   * @param number its place in the order of writing, over all chains.
   */
  add(chain: string, event: LedgerEvent, number: number): Promise<void> | undefined {
    if (chain === this.#chain) return this.#take(event, number);
    return this.#begin(chain).then(() => this.#take(event, number));
  }

  #take(event: LedgerEvent, number: number): undefined {
    if ('machine' in event) this.#hear(event, number);
    if (!('activationId' in event)) return;
    const activation = this.#activation(event);
    if (activation === undefined) return;
    const { standing } = activation;
    const outcome = event.type === 'correction' ? event.outcome : event.type;
    const live = outcome !== 'failed';
    standing.live += Number(live) - Number(activation.live);
    standing.lastSeq = event.seq;
    standing.lastAt = event.at;
    activation.live = live;
  }

  #activation(event: LedgerEvent & { readonly activationId: string }): Activation | undefined {
    const known = this.#activations.get(event.activationId);
    if (event.type !== 'reserved') return known;
    const machineId = event.machine.id;
    let standing = this.#standings.get(machineId);
    if (standing === undefined) {
      standing = { live: 0, lastSeq: 0, lastAt: event.at };
      this.#standings.set(machineId, standing);
    }
    const activation = { standing, live: known?.live ?? false };
    this.#activations.set(event.activationId, activation);
    return activation;
  }

  async finish(): Promise<readonly LedgerFinding[]> {
    await this.#begin(null);
    for await (const row of this.#sql.each('SELECT DISTINCT key_id FROM standing')) {
      const chain = text(row, 'key_id');
      if (!this.#checked.has(chain)) this.#find(chain, 'has machines on record that none of its events name');
    }
    await this.#compareMachines();
    return this.#findings;
  }

  async #begin(chain: string | null): Promise<void> {
    if (this.#chain !== null) await this.#compareStandings(this.#chain);
    this.#chain = chain;
    this.#standings = new Map();
    this.#activations = new Map();
  }

  async #compareStandings(chain: string): Promise<void> {
    this.#checked.add(chain);
    const missing = new Set(this.#standings.keys());
    const statement =
      'SELECT machine_id, live, last_seq, last_at FROM standing WHERE key_id = ? ORDER BY machine_id';
    for await (const page of this.#sql.pages(statement, chain)) {
      for (const row of page) {
        missing.delete(text(row, 'machine_id'));
        this.#compareStanding(chain, row);
      }
    }
    for (const machineId of missing)
      this.#find(chain, `has no record of machine ${machineId}, which its events name`);
  }

  #compareStanding(chain: string, row: Row): void {
    const machineId = text(row, 'machine_id');
    const told = this.#standings.get(machineId);
    const live = integer(row, 'live');
    if (told === undefined || live !== told.live) {
      this.#find(
        chain,
        `has ${live} activations of machine ${machineId} on record, its events say ${told?.live ?? 0}`,
      );
    } else if (integer(row, 'last_seq') !== told.lastSeq || text(row, 'last_at') !== told.lastAt) {
      this.#find(chain, `has another last event of machine ${machineId} on record than its events say`);
    }
  }

  #hear(
    event: LedgerEvent & { readonly machine: { readonly id: string; readonly name: string } },
    number: number,
  ): void {
    const { machine, at } = event;
    const told = this.#machines.get(machine.id) ?? {
      name: event.type === 'machine-renamed' ? event.from : machine.name,
      formerNames: [],
      firstSeen: at,
      lastSeen: at,
      retiredOn: null,
      replacedBy: null,
      hardware: null,
      hardwareAt: 0,
    };
    this.#machines.set(machine.id, told);
    if (event.type === 'machine-renamed') {
      told.formerNames = [...told.formerNames.filter((name) => name !== event.from), event.from];
      told.name = machine.name;
    } else if (event.type === 'machine-retired') {
      told.retiredOn = at;
      told.replacedBy = event.replacedBy;
    } else this.#see(told, event, number);
  }

  #see(told: Told, event: LedgerEvent, number: number): void {
    if (event.type !== 'machine-seen' && event.type !== 'reserved') return;
    if (event.type === 'machine-seen') {
      told.retiredOn = null;
      told.replacedBy = null;
    }
    if (event.at < told.firstSeen) told.firstSeen = event.at;
    if (event.at > told.lastSeen) told.lastSeen = event.at;
    if (event.hardware === null || number < told.hardwareAt) return;
    told.hardware = canonicalJson(event.hardware);
    told.hardwareAt = number;
  }

  async #compareMachines(): Promise<void> {
    const missing = new Map(this.#machines);
    for await (const row of this.#sql.each('SELECT * FROM machine ORDER BY id')) {
      const id = text(row, 'id');
      const told = this.#machines.get(id);
      missing.delete(id);
      if (told === undefined) this.#find('profile', `machine ${id} is on record, and no event names it`);
      else this.#compareMachine(row, told);
    }
    for (const id of missing.keys()) this.#find('profile', `machine ${id} is gone from the list of machines`);
  }

  #compareMachine(row: Row, told: Told): void {
    const hardware = textOrNull(row, 'hardware');
    const fields: readonly [string, unknown, unknown][] = [
      ['name', text(row, 'name'), told.name],
      ['name', text(row, 'name_key'), machineNameKey(told.name)],
      ['former names', formerNames(row).join('\n'), told.formerNames.join('\n')],
      ['first day', text(row, 'first_seen'), told.firstSeen],
      ['last day', text(row, 'last_seen'), told.lastSeen],
      ['retirement', textOrNull(row, 'retired_on'), told.retiredOn],
      ['replacement', textOrNull(row, 'replaced_by'), told.replacedBy],
      ['hardware', hardware === null ? null : canonicalJson(JSON.parse(hardware)), told.hardware],
    ];
    const wrong = fields.filter(([, kept, said]) => kept !== said).map(([field]) => field);
    if (wrong.length === 0) return;
    const what = [...new Set(wrong)].join(', ');
    this.#find('profile', `machine ${text(row, 'id')} has another ${what} on record than its events say`);
  }

  #find(chain: string, problem: string): void {
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ chain, seq: null, problem });
  }
}
