import type { LedgerFinding } from '../../../activation/chain-verifier.ts';
import type { LedgerEvent } from '../../../activation/events.ts';
import { type Sql, text } from '../../../store/sql.ts';
import { FirstFindings } from './first-findings.ts';
import { type ChainRange, chainsIn } from './range.ts';

interface Standing {
  live: number;
  lastSeq: number;
  lastAt: string;
}

interface Activation {
  readonly standing: Standing;
  live: boolean;
}

/** What a row of standings says besides its machine, as one text: that is read sooner than three columns. */
const KEPT = `live || ' ' || last_seq || ' ' || last_at`;
const said = ({ live, lastSeq, lastAt }: Standing): string => `${live} ${lastSeq} ${lastAt}`;

/**
 * The standings of machines with keys, which are kept beside the events, compared with what the events say. Events
 * come chain by chain, so that no more than one key's activations are held.
 */
export class StandingsCheck {
  readonly #sql: Sql;
  readonly #range: ChainRange;
  readonly #findings = new FirstFindings();
  #chain: string | null = null;
  #standings = new Map<string, Standing>();
  #activations = new Map<string, Activation>();
  readonly #checked = new Set<string>();

  constructor(sql: Sql, range: ChainRange) {
    this.#sql = sql;
    this.#range = range;
  }

  /** @param chain where the event stands, whatever it says itself. */
  add(chain: string, event: LedgerEvent): Promise<void> | undefined {
    if (chain === this.#chain) return this.#take(event);
    return this.#begin(chain).then(() => this.#take(event));
  }

  async finish(): Promise<readonly LedgerFinding[]> {
    await this.#begin(null);
    const { condition, values } = chainsIn(this.#range, 'key_id');
    for await (const row of this.#sql.each(
      `SELECT DISTINCT key_id FROM standing WHERE ${condition}`,
      ...values,
    )) {
      const chain = text(row, 'key_id');
      if (!this.#checked.has(chain)) this.#find(chain, 'has machines on record that none of its events name');
    }
    return this.#findings.all;
  }

  #take(event: LedgerEvent): undefined {
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

  async #begin(chain: string | null): Promise<void> {
    if (this.#chain !== null) await this.#compare(this.#chain);
    this.#chain = chain;
    this.#standings = new Map();
    this.#activations = new Map();
  }

  async #compare(chain: string): Promise<void> {
    this.#checked.add(chain);
    const told = this.#standings;
    const statement = `SELECT machine_id, ${KEPT} AS kept FROM standing WHERE key_id = ? ORDER BY machine_id`;
    for await (const page of this.#sql.pages(statement, chain)) {
      for (const row of page) {
        const machineId = text(row, 'machine_id');
        this.#compareOne(chain, machineId, text(row, 'kept'), told.get(machineId));
        told.delete(machineId);
      }
    }
    for (const machineId of told.keys())
      this.#find(chain, `has no record of machine ${machineId}, which its events name`);
  }

  #compareOne(chain: string, machineId: string, kept: string, told: Standing | undefined): void {
    if (told !== undefined && kept === said(told)) return;
    const [live] = kept.split(' ', 1);
    const problem =
      told === undefined || live !== String(told.live)
        ? `has ${live} activations of machine ${machineId} on record, its events say ${told?.live ?? 0}`
        : `has another last event of machine ${machineId} on record than its events say`;
    this.#find(chain, problem);
  }

  #find(chain: string, problem: string): void {
    this.#findings.add(chain, null, problem);
  }
}
