/** Upper bounds of the histogram of answer times, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Times {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Numbers of this process in the text format of Prometheus. Labels are names of ours, never of a request. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #times = new Map<string, Times>();
  readonly #refusals = new Map<string, number>();
  #repeated = 0;
  #underWay = 0;

  begin(): void {
    this.#underWay += 1;
  }

  end(operation: string, status: number, seconds: number): void {
    this.#underWay -= 1;
    add(this.#requests, `operation="${operation}",status="${status}"`);
    const times = this.#times.get(operation) ?? { counts: BOUNDS.map(() => 0), sum: 0, count: 0 };
    this.#times.set(operation, times);
    times.sum += seconds;
    times.count += 1;
    for (const [at, bound] of BOUNDS.entries())
      if (seconds <= bound) times.counts[at] = (times.counts[at] ?? 0) + 1;
  }

  refused(why: 'credential' | 'role' | 'rate'): void {
    add(this.#refusals, `why="${why}"`);
  }

  repeated(): void {
    this.#repeated += 1;
  }

  text(memoryBytes: number): string {
    const lines: string[] = [];
    const describe = (name: string, type: string, help: string): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    };
    describe('mpn_benefits_requests_total', 'counter', 'Requests answered.');
    for (const [labels, value] of this.#requests)
      lines.push(`mpn_benefits_requests_total{${labels}} ${value}`);
    describe('mpn_benefits_request_seconds', 'histogram', 'Time from request to answer.');
    for (const [operation, { counts, sum, count }] of this.#times) {
      const label = `operation="${operation}"`;
      for (const [at, bound] of BOUNDS.entries()) {
        lines.push(`mpn_benefits_request_seconds_bucket{${label},le="${bound}"} ${counts[at] ?? 0}`);
      }
      lines.push(`mpn_benefits_request_seconds_bucket{${label},le="+Inf"} ${count}`);
      lines.push(`mpn_benefits_request_seconds_sum{${label}} ${sum}`);
      lines.push(`mpn_benefits_request_seconds_count{${label}} ${count}`);
    }
    describe('mpn_benefits_refusals_total', 'counter', 'Requests refused.');
    for (const [labels, value] of this.#refusals)
      lines.push(`mpn_benefits_refusals_total{${labels}} ${value}`);
    describe('mpn_benefits_repeated_total', 'counter', 'Requests that had happened and were answered again.');
    lines.push(`mpn_benefits_repeated_total ${this.#repeated}`);
    describe('mpn_benefits_requests_under_way', 'gauge', 'Requests being answered.');
    lines.push(`mpn_benefits_requests_under_way ${this.#underWay}`);
    describe('process_resident_memory_bytes', 'gauge', 'Memory of this process.');
    lines.push(`process_resident_memory_bytes ${memoryBytes}`);
    return `${lines.join('\n')}\n`;
  }
}

function add(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}
